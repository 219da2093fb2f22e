// Runs before the first paint, so that a dark page never flashes white. No module: those run after.
(() => {
  try {
    const chosen = JSON.parse(localStorage.getItem("drawthings.theme") || '"auto"');
    if (chosen !== "auto") document.documentElement.dataset.theme = chosen;
  } catch {
    // Nothing is kept in this browser; the system's own scheme is used.
  }
})();
