// What scrolls sideways can be reached by the keyboard, and says what it is.
for (const box of document.querySelectorAll('.table-wrapper, pre, details.evidence ul')) {
  box.tabIndex = 0;
  if (box.matches('.table-wrapper')) { box.setAttribute('role', 'region'); box.setAttribute('aria-label', 'Table'); }
}
