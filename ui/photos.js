// Runs once for the photo field. `props.value` is the list of uploaded files in order.
element.innerHTML = `
  <div class="photo-field">
    <div class="field-head"><span class="field-label"></span><span class="counter" role="status"></span></div>
    <ol class="tiles"></ol>
    <label class="add"><input type="file" multiple accept="image/*"><b></b><span></span></label>
    <p class="photo-notes" role="alert"></p>
  </div>`;
const root = element.firstElementChild;
const tiles = root.querySelector(".tiles");
const input = root.querySelector("input");
const notes = root.querySelector(".photo-notes");
let uploading = 0;

const files = () => (Array.isArray(props.value) ? props.value : []);
const nameOf = (file) => file.orig_name || file.path.split("/").pop();

function button(symbol, title, disabled, action) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: symbol, title, disabled });
  made.setAttribute("aria-label", title);
  made.onclick = action;
  return made;
}

function move(from, to) {
  const order = [...files()];
  order.splice(to, 0, ...order.splice(from, 1));
  set(order);
  tiles.children[to]?.querySelector("button:not(:disabled)")?.focus();
}

function tile(file, index, count) {
  const made = document.createElement("li");
  made.draggable = true;
  made.title = nameOf(file);
  const image = document.createElement("img");
  image.alt = nameOf(file);
  image.loading = "lazy";
  image.draggable = false;
  image.onerror = () => {
    const missing = document.createElement("span");
    missing.className = "no-preview";
    missing.textContent = nameOf(file);
    missing.title = props.words.no_preview;
    image.replaceWith(missing);
  };
  image.src = file.url;
  const place = document.createElement("i");
  place.textContent = index + 1;
  const tools = document.createElement("div");
  tools.append(
    button("‹", `${props.words.earlier}: ${index + 1}`, index === 0, () => move(index, index - 1)),
    button("›", `${props.words.later}: ${index + 1}`, index === count - 1, () => move(index, index + 1)),
    button("✕", `${props.words.remove}: ${index + 1}`, false, () => set(files().filter((_, i) => i !== index))),
  );
  made.append(image, place, tools);
  made.ondragstart = (event) => event.dataTransfer.setData("text/photo-place", String(index));
  made.ondrop = (event) => {
    const from = event.dataTransfer.getData("text/photo-place");
    if (from === "") return;
    event.preventDefault();
    event.stopPropagation();
    root.classList.remove("dragging");
    move(Number(from), index);
  };
  return made;
}

function render() {
  const list = files();
  const words = props.words;
  tiles.replaceChildren(...list.map((file, index) => tile(file, index, list.length)));
  for (let i = 0; i < uploading; i++) {
    tiles.append(Object.assign(document.createElement("li"), { className: "uploading" }));
  }
  root.querySelector(".field-label").textContent = words.label;
  const counter = root.querySelector(".counter");
  counter.textContent = `${list.length}/${props.limit}`;
  counter.classList.toggle("over", list.length > props.limit);
  counter.title = list.length > props.limit ? words.too_many : "";
  root.querySelector(".add b").textContent = words.add;
  root.querySelector(".add span").textContent = words.hint;
  root.classList.toggle("has-photos", list.length > 0);
}

function set(list) {
  props.value = list;
  render();
}

async function add(chosen) {
  const problems = chosen.filter((f) => f.size > props.max_bytes).map((f) => `${f.name}: ${props.words.too_big}`);
  const fitting = chosen.filter((f) => f.size <= props.max_bytes);
  uploading += fitting.length;
  render();
  for (const file of fitting) {
    try {
      const { path, url } = await upload(file);
      uploading -= 1;
      const meta = { _type: "gradio.FileData" };
      set([...files(), { path, url, orig_name: file.name, size: file.size, mime_type: file.type || null, meta }]);
    } catch (error) {
      uploading -= 1;
      problems.push(`${file.name}: ${props.words.failed}`);
      render();
    }
  }
  if (files().length > props.limit) problems.push(props.words.too_many);
  notes.replaceChildren(...problems.map((p) => Object.assign(document.createElement("span"), { textContent: p })));
}

// «Generate» waits for uploads under way: see `page.py`.
window.adUploads = Promise.resolve();
const queue = (list) => {
  const chosen = [...list];
  window.adUploads = window.adUploads.then(() => add(chosen));
};

input.onchange = () => {
  queue(input.files);
  input.value = "";
};
root.ondragover = (event) => {
  event.preventDefault();
  root.classList.add("dragging");
};
root.ondragleave = () => root.classList.remove("dragging");
root.ondrop = (event) => {
  event.preventDefault();
  root.classList.remove("dragging");
  if (event.dataTransfer.files.length) queue(event.dataTransfer.files);
};
document.addEventListener("paste", (event) => {
  const pasted = [...(event.clipboardData?.files ?? [])];
  if (pasted.length && document.contains(root)) {
    event.preventDefault();
    queue(pasted);
  }
});
watch(["value", "words"], () => {
  notes.replaceChildren();
  render();
});
render();
