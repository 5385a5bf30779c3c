// The theme that was chosen on this device, before anything is painted.
"use strict";

try {
  const kept = localStorage.getItem("cds-giao-dien");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
} catch {
  // A browser that keeps nothing follows the system.
}
document.documentElement.classList.add("js");
