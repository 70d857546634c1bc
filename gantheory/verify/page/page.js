"use strict";
(() => {
  const rows = [...document.querySelectorAll("#verdicts .group > details.row")];
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const said = document.getElementById("said");

  // what a keyboard has no key for is found by what it has
  const keys = { "−": "-", "–": "-", "‖": "||", "·": "*", "≥": ">=", "≤": "<=" };
  const plain = (text) => text.toLowerCase().replace(/[−–‖·≥≤]/g, (sign) => keys[sign]);

  // the filter: a row stays where each choice is met
  const filter = () => {
    const want = Object.fromEntries(new FormData(form));
    const words = plain(want.text).trim().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const { group, verdict, kinds, text } = row.dataset;
      const meets = (!want.group || group === want.group) && (!want.verdict || verdict === want.verdict)
        && (!want.kinds || kinds.split(" ").includes(want.kinds))
        && words.every((word) => plain(text).includes(word));
      row.hidden = !meets;
      count += meets;
    }
    for (const group of document.querySelectorAll("#verdicts .group")) {
      group.hidden = !group.querySelector(".row:not([hidden])");
    }
    shown.textContent = `${count} of ${rows.length} rows`;
  };
  if (form) { // the page of a run has no rows
    form.hidden = false;
    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());

    const all = document.getElementById("open-all");
    all.addEventListener("click", () => {
      const open = all.textContent === "Open all";
      for (const row of rows) if (!row.hidden) row.open = open;
      all.textContent = open ? "Close all" : "Open all";
    });
  }

  // a link to a row opens it, and a filter does not hide it
  const asked = () => {
    const name = location.hash.slice(1);
    try { return decodeURIComponent(name); } catch { return name; } // of a lone % there is nothing to decode
  };
  const reach = () => {
    const row = document.getElementById(asked());
    if (!row || row.tagName !== "DETAILS") return;
    if (row.hidden) { form.reset(); filter(); }
    row.open = true;
    row.scrollIntoView();
    row.querySelector("summary").focus({ preventScroll: true });
  };
  addEventListener("hashchange", reach);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#claim-']");
    if (link && link.hash === location.hash) reach();
  });

  // what is wider than its box can be scrolled with the keyboard
  const reachable = (within) => {
    for (const box of within.querySelectorAll(".scrolls")) {
      if (box.closest("details:not([open])")) continue; // to measure what is closed takes long
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  document.addEventListener("toggle", (event) => { if (event.target.open) reachable(event.target); }, true);
  addEventListener("resize", () => reachable(document));

  // the theme: the reader's own until it is chosen
  const root = document.documentElement;
  const theme = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const tell = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  const kept = { get: () => { try { return localStorage.getItem("theme"); } catch { return null; } },
    set: (name) => { try { localStorage.setItem("theme", name); } catch { /* a page from disk may have no store */ } } };
  if (["light", "dark"].includes(kept.get())) root.dataset.theme = kept.get();
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    kept.set(root.dataset.theme);
    tell();
  });
  dark.addEventListener("change", tell);
  tell();

  // copying a command
  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        said.textContent = "Copied.";
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        said.textContent = "The command is selected; copy it with the keyboard.";
      }
      setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
    });
  }

  // on paper everything is open, and afterwards as it was
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of closed) one.open = false; });

  reach();
  requestAnimationFrame(() => reachable(document));
})();
