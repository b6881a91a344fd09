"use strict";
// Fetches the page's sections every two seconds and replaces those that changed, and only those: what
// a reader selects or tabs to in the others stays. A hidden page asks for nothing.
(() => {
  const main = document.getElementById("live");
  const pulse = document.getElementById("pulse");
  const every = Number(main.dataset.every);
  let isAsking = false;

  const show = (state, text) => {
    pulse.dataset.state = state;
    if (pulse.textContent !== text) pulse.textContent = text;
  };

  const replace = (old, fresh) => {
    const scrolled = [...old.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
    const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    old.replaceWith(fresh);
    fresh.querySelectorAll(".scroll").forEach((box, index) => { box.scrollLeft = scrolled[index] || 0; });
    if (focused) fresh.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  };

  const update = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const section of fresh.querySelectorAll("section[id]")) {
      const old = document.getElementById(section.id);
      if (old && old.outerHTML !== section.outerHTML) replace(old, document.adoptNode(section));
    }
  };

  const ask = async () => {
    if (document.hidden || isAsking) return;
    isAsking = true;
    try {
      const answer = await fetch(main.dataset.source, { credentials: "same-origin", cache: "no-store" });
      if (answer.redirected) return location.reload(); // signed out meanwhile
      if (answer.status !== 200) throw new Error(`status ${answer.status}`);
      update(await answer.text());
      show("live", "live");
    } catch {
      show("lost", "no answer, trying again");
    } finally {
      isAsking = false;
    }
  };

  document.addEventListener("visibilitychange", ask);
  setInterval(ask, every);
  ask();
})();
