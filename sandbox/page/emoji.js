// The emoji short names that work chat uses; an unknown name stays as it was typed.

const TABLE = `
hourglass_flowing_sand ⏳ hourglass ⌛ white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌
no_entry ⛔ no_entry_sign 🚫 warning ⚠️ package 📦 satellite_antenna 📡 satellite 🛰️ bar_chart 📊 chart 💹
chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 lock 🔒 unlock 🔓 closed_lock_with_key 🔐 key 🔑
rocket 🚀 tada 🎉 eyes 👀 thumbsup 👍 +1 👍 thumbsdown 👎 -1 👎 ok_hand 👌 wave 👋 clap 👏 pray 🙏 raised_hands 🙌
muscle 💪 point_right 👉 point_left 👈 point_up 👆 point_down 👇 raised_hand ✋ hand ✋ ok 🆗 new 🆕 free 🆓 cool 🆒
smile 😄 smiley 😃 grinning 😀 grin 😁 joy 😂 slightly_smiling_face 🙂 wink 😉 blush 😊 heart_eyes 😍 thinking_face 🤔
neutral_face 😐 confused 😕 worried 😟 cry 😢 sob 😭 scream 😱 sweat_smile 😅 sunglasses 😎 hugging_face 🤗 hugs 🤗
robot_face 🤖 zany_face 🤪 partying_face 🥳 sleeping 😴 rage 😡 facepalm 🤦 shrug 🤷 exploding_head 🤯 skull 💀
heart ❤️ broken_heart 💔 star ⭐ star2 🌟 sparkles ✨ fire 🔥 boom 💥 zap ⚡ bulb 💡 dart 🎯 trophy 🏆 medal 🏅 crown 👑
bell 🔔 no_bell 🔕 mute 🔇 loud_sound 🔊 speaker 🔈 loudspeaker 📢 mega 📣 speech_balloon 💬 thought_balloon 💭
mag 🔍 mag_right 🔎 link 🔗 paperclip 📎 pushpin 📌 round_pushpin 📍 triangular_ruler 📐 straight_ruler 📏 scissors ✂️
memo 📝 pencil 📝 pencil2 ✏️ page_facing_up 📄 page_with_curl 📃 clipboard 📋 books 📚 book 📖 bookmark 🔖 label 🏷️
file_folder 📁 open_file_folder 📂 card_index_dividers 🗂️ card_file_box 🗃️ file_cabinet 🗄️ wastebasket 🗑️ inbox_tray 📥
outbox_tray 📤 envelope ✉️ email 📧 mailbox 📫 calendar 📅 date 📅 spiral_calendar_pad 🗓️ clock1 🕐 clock9 🕘 clock12 🕛
alarm_clock ⏰ stopwatch ⏱️ timer_clock ⏲️ watch ⌚ computer 💻 desktop_computer 🖥️ keyboard ⌨️ floppy_disk 💾 cd 💿
gear ⚙️ wrench 🔧 hammer 🔨 hammer_and_wrench 🛠️ nut_and_bolt 🔩 construction 🚧 rotating_light 🚨 traffic_light 🚥
shield 🛡️ microscope 🔬 telescope 🔭 test_tube 🧪 dna 🧬 brain 🧠 abacus 🧮 crystal_ball 🔮 magic_wand 🪄 puzzle_piece 🧩
globe_with_meridians 🌐 earth_africa 🌍 earth_americas 🌎 house 🏠 office 🏢 factory 🏭 cloud ☁️ sunny ☀️ snowflake ❄️
umbrella ☔ rainbow 🌈 ocean 🌊 seedling 🌱 evergreen_tree 🌲 herb 🌿 four_leaf_clover 🍀 cherry_blossom 🌸 mushroom 🍄
dog 🐶 cat 🐱 bee 🐝 bug 🐛 snail 🐌 turtle 🐢 snake 🐍 bird 🐦 penguin 🐧 whale 🐳 octopus 🐙 unicorn_face 🦄 parrot 🦜
pizza 🍕 cake 🍰 birthday 🎂 coffee ☕ tea 🍵 beer 🍺 popcorn 🍿 movie_camera 🎥 clapper 🎬 film_frames 🎞️ camera 📷 art 🎨
microphone 🎤 headphones 🎧 musical_note 🎵 video_game 🎮 game_die 🎲 soccer ⚽ checkered_flag 🏁 triangular_flag_on_post 🚩
arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrow_upper_right ↗️ arrow_lower_right ↘️ leftwards_arrow_with_hook ↩️
arrows_counterclockwise 🔄 repeat 🔁 arrow_forward ▶️ arrow_backward ◀️ fast_forward ⏩ rewind ⏪ double_vertical_bar ⏸️
pause_button ⏸️ black_square_for_stop ⏹️ stop_button ⏹️ black_right_pointing_double_triangle_with_vertical_bar ⏭️
heavy_plus_sign ➕ heavy_minus_sign ➖ heavy_multiplication_x ✖️ heavy_exclamation_mark ❗ exclamation ❗ question ❓
grey_question ❔ grey_exclamation ❕ bangbang ‼️ information_source ℹ️ interrobang ⁉️ 100 💯 infinity ♾️ recycle ♻️
red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵 white_circle ⚪
black_circle ⚫ large_red_square 🟥 large_green_square 🟩 large_yellow_square 🟨 white_large_square ⬜ black_large_square ⬛
large_blue_diamond 🔷 small_blue_diamond 🔹 large_orange_diamond 🔶 small_orange_diamond 🔸 small_red_triangle 🔺
one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ six 6️⃣ seven 7️⃣ eight 8️⃣ nine 9️⃣ zero 0️⃣ keycap_ten 🔟
battery 🔋 electric_plug 🔌 moneybag 💰 dollar 💵 credit_card 💳 gem 💎 scales ⚖️ ticket 🎫 gift 🎁 balloon 🎈 ribbon 🎀
busts_in_silhouette 👥 bust_in_silhouette 👤 technologist 🧑‍💻 student 🧑‍🎓 scientist 🧑‍🔬 judge 🧑‍⚖️ vertical_traffic_light 🚦
`;

const EMOJI = new Map();
const cells = TABLE.trim().split(/\s+/);
for (let at = 0; at < cells.length; at += 2) EMOJI.set(cells[at], cells[at + 1]);

/** The character for a short name without colons (a skin tone is dropped), or null. */
export function emojiFor(name) {
  return EMOJI.get(name.replace(/::skin-tone-[2-6]$/, "")) ?? null;
}

/** Short names that start with `prefix`, at most `limit`. */
export function emojiNames(prefix, limit = 8) {
  return [...EMOJI.keys()].filter((name) => name.startsWith(prefix)).slice(0, limit);
}

/** What the reaction menu offers. */
export const COMMON = ["white_check_mark", "eyes", "+1", "tada", "rocket", "heart", "x", "thinking_face"];
