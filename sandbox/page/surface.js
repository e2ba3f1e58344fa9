// Where blocks stand: a message or a view. It keeps what was entered and carries presses to the workspace.

import { post, problemOf } from "./api.js";
import { state } from "./state.js";

const touched = new Map();

/** Forgets what was entered in a container that is gone. */
export function forgetEntered(container) {
  touched.delete(container);
}

export function messageSurface(channel, message) {
  const place = surfaceAt(`${channel}-${message.ts}`, { channel, ts: message.ts });
  return {
    ...place,
    act: (element, block, value) =>
      press(place, element, block, value, { values: plainValues(place.unsent()) }),
  };
}

/** A modal or App Home; `errors` maps a block id to what is wrong in it, `submit` is what Enter in a line does. */
export function viewSurface(view, { errors, submit } = {}) {
  const place = surfaceAt(view.id, { view_id: view.id }, view.state?.values);
  let last = Promise.resolve(null);
  // One after the other: a button's press must find what was entered just before it.
  const act = (element, block, value) => (last = last.then(() => press(place, element, block, value)));
  return { ...place, errors, submit, act, note: act };
}

/**
 * What controls need: `entered` by the user so far; `begin` and `keep` set a value before and after the user
 * touched it; `known` is what the workspace says was entered; `values` are all of Slack's state objects here, `unsent` those of inputs that do not act.
 */
function surfaceAt(container, address, known = {}) {
  const entered = touched.get(container) ?? touched.set(container, new Map()).get(container);
  const current = {};
  const unsent = {};
  const put = (all, block, action, value) => ((all[block] ??= {})[action] = value);
  return {
    container,
    address,
    values: () => current,
    unsent: () => unsent,
    entered: (block, action) => entered.get(`${block}\n${action}`) ?? known[block]?.[action],
    begin: (block, action, value) => put(current, block, action, value),
    keep: (block, action, value, acts) => {
      put(current, block, action, value);
      if (!acts) put(unsent, block, action, value);
      entered.set(`${block}\n${action}`, value);
    },
    suggest: (element, block, text) => suggest(address, element, block, text),
  };
}

/** Sends a press; the answer is null, or a sentence saying why it did not work. */
async function press({ address }, element, block, value, more = {}) {
  const chosen = "value" in value ? { value: value.value ?? undefined } : { selected: plainState(value) };
  const answer = await post("click", {
    user: state.me,
    ...address,
    action_id: element.action_id,
    block_id: block,
    ...chosen,
    ...more,
  });
  return problemOf(answer);
}

async function suggest(address, element, block, text) {
  const answer = await post("suggest", {
    user: state.me,
    ...address,
    action_id: element.action_id,
    block_id: block,
    value: text,
  });
  const groups = answer.option_groups ?? [{ options: answer.options ?? [] }];
  return { groups, problem: answer.ok ? undefined : problemOf(answer) };
}

/** A state object as a form sends it: the option's value, the id, the text, the files. */
function plainState({ type, ...rest }) {
  return plainValue(Object.values(rest)[0]);
}

function plainValue(value) {
  if (Array.isArray(value)) return value.map(plainValue);
  return value?.value !== undefined && value?.text !== undefined ? value.value : value;
}

/** All values of a form; menus that the app fills are left out, for the workspace noted them when they were chosen. */
export function plainValues(values) {
  const sent = ([, value]) => !value.type.includes("external");
  return Object.fromEntries(
    Object.entries(values).map(([block, actions]) => [
      block,
      Object.fromEntries(
        Object.entries(actions)
          .filter(sent)
          .map(([action, value]) => [action, plainState(value)]),
      ),
    ]),
  );
}
