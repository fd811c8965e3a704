// Loaded synchronously in <head>: no flash of the wrong theme. The server already wrote a signed-in reader's choice.
(() => {
  const root = document.documentElement;
  const theme = localStorage.getItem('theme');
  if (!root.dataset.theme && (theme === 'light' || theme === 'dark')) root.dataset.theme = theme;
})();
