// Keeps a list at its end while the reader is there, also when a picture loads late or the list shrinks.

const NEAR = 60;

/**
 * `toEnd` goes there and stays; `follow` does so only for a reader who was there, and says whether; `show` goes to the
 * end, or to the start of a row that is too tall to be seen from there, and says whether it was.
 */
export function stayAtEnd(node) {
  let pinned = true;
  let last = 0;
  const jump = () => (node.scrollTop = node.scrollHeight);
  const toEnd = () => {
    pinned = true;
    jump();
  };
  const follow = () => {
    if (pinned) jump();
    return pinned;
  };
  // Only the reader moves up: what grew since the last jump must not count as leaving the end.
  node.addEventListener("scroll", () => {
    const near = node.scrollHeight - node.scrollTop - node.clientHeight < NEAR;
    pinned = near || (pinned && node.scrollTop >= last);
    last = node.scrollTop;
  });
  node.addEventListener("load", follow, true);
  new ResizeObserver(follow).observe(node);
  const show = (row) => {
    toEnd();
    pinned = row.offsetHeight < node.clientHeight;
    if (!pinned) row.scrollIntoView({ block: "start" });
    return !pinned;
  };
  return { toEnd, follow, show, pinned: () => pinned };
}
