"use strict";
(function () {
  var form = document.getElementById("filters");
  if (!form) {
    return;
  }
  var server = form.querySelector("select");
  var boxes = Array.prototype.slice.call(form.querySelectorAll("input[type=checkbox]"));
  var live = document.getElementById("shown");
  var empty = document.getElementById("empty");
  var toggle = document.getElementById("toggle");
  var groups = Array.prototype.map.call(document.querySelectorAll("[data-group]"), function (group) {
    return { element: group, items: Array.prototype.slice.call(group.querySelectorAll("[data-status]")) };
  });

  function apply() {
    var wanted = {};
    boxes.forEach(function (box) { wanted[box.value] = box.checked; });
    var shown = 0;
    groups.forEach(function (group) {
      var here = 0;
      group.items.forEach(function (item) {
        var show = wanted[item.dataset.status] === true && (server.value === "" || item.dataset.server === server.value);
        item.hidden = !show;
        here += show ? 1 : 0;
      });
      group.element.hidden = here === 0;
      if (group.element.dataset.group === "checks") {
        shown += here;
      }
    });
    say(shown);
  }

  function say(shown) {
    empty.hidden = shown > 0;
    live.textContent = live.dataset.words.replace("%n", String(shown)).replace("%a", live.dataset.all);
  }

  // Where a link leads must not be filtered away.
  function reveal() {
    var target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (target && target.closest("[hidden]")) {
      boxes.forEach(function (box) { box.checked = true; });
      server.value = "";
      apply();
      target.scrollIntoView();
    }
  }

  toggle.addEventListener("click", function () {
    var open = toggle.getAttribute("aria-pressed") !== "true";
    document.querySelectorAll("details.evidence").forEach(function (d) { d.open = open; });
    toggle.setAttribute("aria-pressed", String(open));
  });
  form.addEventListener("change", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  window.addEventListener("hashchange", reveal);
  form.hidden = false;
  say(Number(live.dataset.all)); // all of them are shown as yet
  reveal();
})();
