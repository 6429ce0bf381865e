"""The script of the page: it filters what is there, and opens details for the printer. It makes no element."""

from pip_assay.reports.page.markup import Markup

SCRIPT = Markup(r"""
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  const open = (wanted) => all("details").forEach((each) => { each.open = wanted(each); });
  let opened = new Set();
  addEventListener("beforeprint", () => {
    opened = new Set(all("details[open]"));
    open(() => true);
  });
  addEventListener("afterprint", () => open((each) => opened.has(each)));

  const form = document.getElementById("filters");
  if (!form) return;
  const shown = document.getElementById("shown");
  const button = document.getElementById("open");
  const text = (elements) => elements.map((each) => each.textContent).join(" ").toLowerCase();
  const packages = all(".package").map((card) => ({ card, name: text(all("h3", card)) }));
  const findings = packages.flatMap((each) => all(".finding", each.card).map((row) => ({
    row,
    card: each.card,
    words: each.name + " " + text(all("h4, .ids", row)),
  })));

  const number = (amount, noun) => amount.toLocaleString("en") + " " + noun + (amount === 1 ? "" : "s");

  const fits = ({ row, words }, wanted) =>
    (!wanted.severities || wanted.severities.includes(row.dataset.severity)) &&
    wanted.only.every((mark) => mark in row.dataset) &&
    wanted.chosen.every(([name, value]) => (row.dataset[name] || "").split("|").includes(value)) &&
    wanted.search.every((word) => words.includes(word));

  const apply = () => {
    const said = new FormData(form);
    const wanted = {
      severities: form.elements.severity ? said.getAll("severity") : null,
      only: said.getAll("only"),
      chosen: ["status", "change", "group", "target"].map((name) => [name, said.get(name)]).filter((pair) => pair[1]),
      search: said.get("search").toLowerCase().split(/\s+/).filter(Boolean),
    };
    const cards = new Set();
    let count = 0;
    for (const each of findings) {
      const fit = fits(each, wanted);
      each.row.classList.toggle("filtered", !fit);
      if (fit) {
        cards.add(each.card);
        count += 1;
      }
    }
    for (const { card } of packages) card.classList.toggle("filtered", !cards.has(card));
    const of = count < findings.length ? " of " + findings.length.toLocaleString("en") : "";
    shown.textContent = number(count, "finding").replace(" ", of + " ") + " shown, in " + number(cards.size, "package");
  };

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  button.addEventListener("click", () => {
    const now = button.textContent.startsWith("Open");
    all(".finding details").forEach((each) => { each.open = now; });
    button.textContent = now ? "Close all details" : "Open all details";
  });
  addEventListener("hashchange", () => {
    const target = document.querySelector(":target");
    if (!target || !target.closest(".filtered")) return;
    form.reset();
    apply();
    target.scrollIntoView();
  });
  addEventListener("pageshow", apply);
  form.hidden = false;
  apply();
})();
""")
