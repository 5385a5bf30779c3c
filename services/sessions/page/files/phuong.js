// Small comforts of the ward officer's page; everything works without them.
"use strict";

// Another day or place is shown at once. A date that is typed changes with every digit: it counts when it is left.
const isTouch = window.matchMedia("(pointer: coarse)").matches;

function isTyped() {
  const fields = document.querySelectorAll("form[data-typed] input:not([type=hidden]):not([type=radio]), form[data-typed] textarea");
  return [...fields].some((field) => field.value !== field.defaultValue);
}

function choose(field) {
  const form = field.closest("form[data-auto]");
  if (!form || field.value === field.defaultValue || !field.checkValidity()) return;
  if (isTyped() && !window.confirm("Nội dung vừa nhập chưa gửi và sẽ mất. Vẫn chuyển?")) form.reset();
  else form.requestSubmit();
}

document.addEventListener("change", (event) => {
  if (isTouch || event.target.tagName === "SELECT") choose(event.target);
});

document.addEventListener("focusout", (event) => {
  if (event.target.type === "date") choose(event.target);
});

document.addEventListener("submit", (event) => {
  const asked = event.target.dataset.confirm;
  if (asked && !window.confirm(asked)) event.preventDefault();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  let done = false;
  try {
    await navigator.clipboard.writeText(field.value);
    done = true;
  } catch {
    // Without https the clipboard is closed; what is selected can still be copied.
    field.focus();
    field.select();
    done = document.execCommand("copy");
  }
  document.getElementById(button.dataset.told).textContent = done
    ? "Đã sao chép. Mở Zalo và dán vào nhóm."
    : "Vui lòng chọn dòng trên và sao chép.";
});

for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;
if (isTouch) for (const button of document.querySelectorAll("form[data-auto] button")) button.hidden = true;
