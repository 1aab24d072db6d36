// Runs once for the attribute table. `props.value` is a list of [field, value] rows.
element.innerHTML = `
  <div class="field-head"><span class="field-label"></span></div>
  <div class="rows"></div>
  <button type="button" class="add-row"></button>`;
const rows = element.querySelector(".rows");
const addRow = element.querySelector(".add-row");

const read = () =>
  [...rows.children].map((row) => [row.querySelector(".name").value, row.querySelector(".value").value]);
const keep = () => (props.value = read());

function field(className, text, label, placeholder) {
  const made = document.createElement("input");
  Object.assign(made, { type: "text", className, value: text, placeholder, autocomplete: "off" });
  made.setAttribute("aria-label", label);
  made.oninput = keep;
  return made;
}

function row([key, value]) {
  const words = props.words;
  const made = document.createElement("div");
  made.className = "field-row";
  const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "✕" });
  remove.title = `${words.remove}: ${key}`;
  remove.setAttribute("aria-label", remove.title);
  remove.onclick = () => {
    const next = made.nextElementSibling ?? made.previousElementSibling;
    made.remove();
    keep();
    (next?.querySelector(".value") ?? addRow).focus();
  };
  made.append(
    field("name", key, words.name, words.name),
    field("value", value, key || words.value, words.hints[key] ?? words.value),
    remove,
  );
  return made;
}

function render() {
  element.querySelector(".field-label").textContent = props.words.label;
  addRow.textContent = `＋ ${props.words.add}`;
  const list = Array.isArray(props.value) ? props.value : [];
  rows.replaceChildren(...list.map(row));
}

addRow.onclick = () => {
  rows.append(row(["", ""]));
  keep();
  rows.lastElementChild.querySelector(".name").focus();
};
watch(["value", "words"], render);
render();
