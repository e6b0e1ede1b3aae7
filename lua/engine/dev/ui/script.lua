--- The script of the page: fetches parts again when they change, filters, keys.  The page is whole
--- without it.
return [[
"use strict";
(() => {
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const main = document.getElementById("main");
  const chosen = new URLSearchParams(location.search).get("test");
  const lost = document.createElement("p");
  lost.className = "lost";
  lost.setAttribute("role", "alert");
  lost.hidden = true;
  lost.textContent = "The loop has ended, or does not answer: this page shows what it last told.";
  document.body.prepend(lost);

  // What the server sends is parsed into a document of its own, in which nothing runs.
  const parse = (text) => new DOMParser().parseFromString(text, "text/html").body.firstElementChild;

  const key_of = (element) =>
    element && (element.closest("[data-id]")?.dataset.id ??
      element.closest("[data-order]")?.dataset.order);

  // Changes what is different and nothing else: what has the focus, is being clicked, was opened or
  // is filtered away stays as it is.
  const OWN = ["hidden", "open"];
  const patch = (old, fresh) => {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeType !== 1 || old.tagName !== fresh.tagName
      || old.childNodes.length !== fresh.childNodes.length) {
      old.replaceWith(fresh);
      return;
    }
    for (const { name } of Array.from(old.attributes)) {
      if (!fresh.hasAttribute(name) && !OWN.includes(name)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (!OWN.includes(name)) old.setAttribute(name, value);
    }
    const others = Array.from(fresh.childNodes);
    Array.from(old.childNodes).forEach((one, i) => patch(one, others[i]));
  };

  const refresh = async (part) => {
    const old = all("[data-part]").find((one) => one.dataset.part === part);
    if (!old) return;
    const of_list = part === "tests" || part.startsWith("file?");
    const more = of_list && chosen !== null
      ? (part.includes("?") ? "&" : "?") + "chosen=" + encodeURIComponent(chosen) : "";
    const answer = await fetch("./part/" + part + more);
    if (answer.status === 404) return old.remove();
    if (!answer.ok) return;
    const fresh = document.importNode(parse(await answer.text()), true);
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const key = key_of(focused);
    patch(old, fresh);
    if (key !== undefined && key !== null && !focused.isConnected) {
      const again = all("[data-id] a, [data-order] button").find((one) => key_of(one) === key);
      if (again) again.focus({ preventScroll: true });
    }
    if (of_list) filter();
  };

  // One after the other, each part once, whatever comes meanwhile.
  let wanted = new Set();
  let is_busy = false;
  const want = async (names) => {
    names.forEach((name) => wanted.add(name));
    if (is_busy) return;
    is_busy = true;
    while (wanted.size > 0) {
      const now = wanted.has("*")
        ? all("[data-part]").filter((one) => !one.parentElement.closest("[data-part]"))
          .map((one) => one.dataset.part)
        : Array.from(wanted);
      wanted = new Set();
      const is_whole = now.includes("tests");
      try {
        for (const name of now) {
          if (!(is_whole && name.startsWith("file?"))) await refresh(name);
        }
      } catch (_) {
        lost.hidden = false; // the server is gone; the source of events tries again
      }
    }
    is_busy = false;
  };

  // A page that is not seen holds no connection, of which a browser has few.
  let source = null;
  const listen = () => {
    if (source || document.hidden) return;
    source = new EventSource("./events?version=" + document.body.dataset.version);
    source.onmessage = (event) => {
      lost.hidden = true;
      want(JSON.parse(event.data));
    };
    source.onerror = () => { lost.hidden = false; };
  };
  const leave = () => { if (source) source.close(); source = null; };
  document.addEventListener("visibilitychange", () => document.hidden ? leave() : listen());
  addEventListener("pagehide", leave);

  // Filter: words, and status:fail.
  const tools = document.createElement("div");
  tools.className = "tools";
  tools.setAttribute("role", "search");
  const box = document.createElement("input");
  box.type = "search";
  box.placeholder = "Filter: words, status:fail   ( / )";
  box.setAttribute("aria-label", "Filter the tests");
  const shown = document.createElement("output");
  shown.setAttribute("aria-live", "polite");
  tools.append(box, shown);

  const filter = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0, total = 0;
    for (const file of all("section.file")) {
      const title = file.querySelector("h3").textContent.toLowerCase();
      let any = false;
      for (const row of all("tr.test", file)) {
        const text = row.querySelector("th").textContent.toLowerCase();
        const fits = words.every((word) => word.startsWith("status:")
          ? row.dataset.status.startsWith(word.slice(7))
          : text.includes(word) || title.includes(word));
        row.hidden = !fits;
        any = any || fits;
        count += fits ? 1 : 0;
        total += 1;
      }
      file.hidden = words.length > 0 && !any;
    }
    shown.textContent = words.length > 0 ? count + " of " + total + " tests" : "";
  };
  box.addEventListener("input", filter);

  // Orders go without leaving the page.
  const send = async (form) => {
    try {
      await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)),
        redirect: "manual" });
    } catch (_) {
      lost.hidden = false;
    }
  };
  document.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target);
  });
  const order = (name) => {
    const form = all("form.order").find((one) => one.dataset.order === name);
    if (form) send(form);
  };

  const help = document.createElement("dialog");
  const KEYS = [
    ["j, k", "the next test, the one before"], ["Enter", "shows it"], ["/", "filter"],
    ["Esc", "leaves the filter"], ["a", "run all"], ["f", "run failed"], ["r", "run again"],
    ["t", "run the test that is shown"], ["x", "stop"], ["p", "pause, watch again"],
    ["1, 2", "tests, timings"], ["?", "this help"],
  ];
  const list = document.createElement("dl");
  for (const [key, what] of KEYS) {
    const term = document.createElement("dt"), said = document.createElement("dd");
    const kbd = document.createElement("kbd");
    kbd.textContent = key;
    term.append(kbd);
    said.textContent = what;
    list.append(term, said);
  }
  help.append(list);
  help.setAttribute("aria-label", "Keys");
  document.body.append(help);

  const move = (by) => {
    const links = all("tr.test:not([hidden]) th a").filter((one) => !one.closest("[hidden]"));
    const at = links.indexOf(document.activeElement);
    const from = at >= 0 ? at
      : links.findIndex((one) => one.hasAttribute("aria-current"));
    const next = links[Math.max(0, Math.min(links.length - 1, from + by))];
    if (next) next.focus();
  };
  const ACTIONS = {
    "j": () => move(1), "k": () => move(-1), "/": () => box.focus(), "a": () => order("all"),
    "f": () => order("failed"), "r": () => order("again"), "t": () => order("tests"),
    "x": () => order("stop"),
    "p": () => order(all("form.order").some((one) => one.dataset.order === "pause")
      ? "pause" : "go on"),
    "1": () => { location.href = "./"; }, "2": () => { location.href = "./timings"; },
    "?": () => help.open ? help.close() : help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target === box) {
      if (event.key === "Escape") { box.value = ""; filter(); box.blur(); }
      return;
    }
    const action = ACTIONS[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  });

  const tests = document.getElementById("tests");
  if (tests) main.insertBefore(tools, tests);
  listen();
})();
]]
