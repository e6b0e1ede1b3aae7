--- The page of the developer loop in a real Chromium: with script and without, by keyboard, in both
--- colour schemes, wide and narrow.
local json = require("core.json")
local loops = dofile("tests/tools/loop.lua")
local proc = require("core.proc")
local support = dofile("tests/e2e/support.lua")
local task = require("core.task")

local DEADLINE_MS = 120000
local BROWSER = assert(os.getenv("CLNRM_ROOT")) .. "/tests/tools/browser.py"

local TWO = loops.two("first", "second")

local HOSTILE = [==[
[meta]
name = "hostile"
[[scenario]]
name = "\"><img src=x onerror=alert(1)>"
[[scenario.steps]]
name = "</text></svg><script>alert(2)</script>"
command = "printf '</pre><script>alert(3)</script><img src=x onerror=alert(4)>'; exit 1"
]==]

--- Verdict of a test on the page, as an expression.
local function verdict_of(name)
  return ("Array.from(document.querySelectorAll('tr.test')).find(r => "
    .. "r.querySelector('a').textContent === '%s').dataset.status"):format(name)
end

-- The least contrast of a text with what is behind it, in all that is shown.
local CONTRAST = [==[
(() => {
  const parts = (c) => c.match(/[\d.]+/g).map(Number);
  const light = (c) => {
    const [r, g, b] = parts(c).map((v) => v / 255)
      .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = parts(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] === 1) return getComputedStyle(e).backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  let least = 21;
  for (const e of document.querySelectorAll("body *")) {
    const has_text = Array.from(e.childNodes).some((n) => n.nodeType === 3 && n.data.trim());
    if (!has_text || e.closest("svg") || !e.checkVisibility()) continue;
    const a = light(getComputedStyle(e).color), b = light(behind(e));
    least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  }
  return least;
})()]==]

-- How many places the columns of a kind stand at, over all files.
local PLACES = "new Set(Array.from(document.querySelectorAll('.tests td.number'))"
  .. ".map((e) => Math.round(e.getBoundingClientRect().right))).size"

local FITS = "document.scrollingElement.scrollWidth <= innerWidth"

-- Whether all texts above tables are seen, also of tables that are wider than the window.
local CAPTIONS = "Array.from(document.querySelectorAll('caption')).every((e) => { "
  .. "const r = document.createRange(); r.selectNodeContents(e); "
  .. "return r.getBoundingClientRect().right <= innerWidth })"

describe("the page of the developer loop in Chromium", function()
  local dir, loop, url

  before_each(function()
    dir = loops.project({ ["two.clnrm.toml"] = TWO:format("false") })
  end)

  after_each(function()
    loop = loops.remove(dir, loop)
  end)

  local function start(...)
    loop = loops.start(dir, "--ui", ...)
    url = loop:await("serving").url
    return loop:cycle()
  end

  local function browse(...)
    return assert(proc.spawn({ argv = { "/usr/bin/python3", BROWSER, ... } }))
  end

  --- Waits for the end of a browser, and returns what its actions gave.
  local function results(process)
    local browser <close> = process
    local ended = assert(task.timeout(DEADLINE_MS, browser.wait, browser))
    local list = {}
    for line in browser:stdout():gmatch("[^\n]+") do
      list[#list + 1] = json.decode("[" .. line .. "]")[1]
    end
    assert.equal(0, ended.code, browser:stderr() .. browser:stdout())
    return list
  end

  --- Waits for a file that a browser makes.
  local function await(name)
    for _ = 1, DEADLINE_MS / 20 do
      if support.read(dir .. "-home/" .. name) then
        return
      end
      task.sleep(20)
    end
    error("the browser never came to " .. name)
  end

  local function mark(action, name)
    return ("%s=%s-home/%s"):format(action, dir, name)
  end

  it("shows a verdict when it is reached, without being asked for it", function()
    start()
    local browser = browse("open=" .. url, "eval=" .. verdict_of("second"),
      "eval=window.kept = true", mark("touch", "seen"),
      "until=" .. verdict_of("second") .. " === 'pass'",
      "until=document.querySelector('.counts .fail strong').textContent === '0'",
      "eval=window.kept", "errors")
    await("seen")
    loop:save("two.clnrm.toml", TWO:format("true"))
    local got = results(browser)
    assert.same({ true, "fail", true, true, true, true, true }, table.move(got, 1, 7, 1, {}))
    assert.same({}, { table.unpack(got[8]) })
  end)

  it("shows one test with its output, and follows it", function()
    start()
    local browser = browse("open=" .. url, "click=tr.test[data-id$=second] a",
      "until=document.querySelector('.detail h2').textContent.includes('second')",
      "eval=document.querySelector('.detail .failures').textContent.includes('T001')",
      mark("touch", "seen"), "until=document.querySelector('.detail .verdict').textContent"
        .. ".includes('pass')", "errors")
    await("seen")
    loop:save("two.clnrm.toml", TWO:format("true"))
    local got = results(browser)
    assert.same({ true, true, true, true, true, true }, table.move(got, 1, 6, 1, {}))
    assert.same({}, { table.unpack(got[7]) })
  end)

  it("can be read and used without script", function()
    start()
    local browser = browse("--no-script", "open=" .. url, "click=tr.test[data-id$=first] a",
      "until=document.querySelector('.detail pre').textContent.includes('hello from first')",
      "eval=document.querySelectorAll('.waterfall rect').length > 0",
      "click=[data-order=failed] button", mark("wait", "ran"),
      "until=document.querySelectorAll('tr.test').length === 2", "errors")
    local begin = loop:await("reload_begin")
    loop:await("reload_end")
    assert.same({ second = "fail" }, loop:verdicts(begin))
    support.write(dir .. "-home/ran", "")
    local got = results(browser)
    assert.same({ true, true, true, true, true, true, true }, table.move(got, 1, 7, 1, {}))
    assert.same({}, { table.unpack(got[8]) })
  end)

  it("is used by keyboard alone", function()
    start()
    local browser = browse("open=" .. url, "until=!!document.querySelector('.tools input')",
      "key=j", "key=j", "eval=document.activeElement.textContent", "key=k", "key=Enter",
      "until=!!document.querySelector('.detail') && !!document.querySelector('.tools input')",
      "eval=document.querySelector('.detail h2').textContent.includes('first')",
      "key=/", "key=s", "key=e", "key=c",
      "eval=Array.from(document.querySelectorAll('tr.test:not([hidden])'))"
        .. ".map(r => r.querySelector('a').textContent).join()",
      "eval=document.querySelector('.tools output').textContent", "key=Escape",
      "eval=document.querySelectorAll('tr.test:not([hidden])').length",
      "key=?", "eval=document.querySelector('dialog').open", "key=Escape",
      "eval=document.querySelector('dialog').open", "key=t", mark("wait", "ran"), "key=Tab",
      "eval=document.activeElement !== document.body", "errors")
    local begin = loop:await("reload_begin")
    loop:await("reload_end")
    assert.same({ first = "pass" }, loop:verdicts(begin))
    support.write(dir .. "-home/ran", "")
    local got = results(browser)
    assert.same({ "second", true, "second", "1 of 2 tests", 2, true, false, true },
      { got[5], got[9], got[14], got[15], got[17], got[19], got[21], got[25] })
    assert.same({}, { table.unpack(got[26]) })
  end)

  it("runs nothing of what tests are called or print", function()
    support.write(dir .. "/h.clnrm.toml", HOSTILE)
    start()
    local browser = browse("open=" .. url,
      "until=document.querySelectorAll('tr.test').length === 3",
      "click=tr.test[data-id^=h] a", "until=!!document.querySelector('.detail svg')",
      mark("touch", "seen"), "until=" .. verdict_of("second") .. " === 'pass'",
      "eval=document.querySelectorAll('img, script:not([src])').length", "errors")
    await("seen")
    loop:save("two.clnrm.toml", TWO:format("true"))
    local got = results(browser)
    assert.same({ true, true, true, true, true, true, 0 }, table.move(got, 1, 7, 1, {}))
    assert.same({}, { table.unpack(got[8]) })
  end)

  it("fits wide and narrow windows, and has contrast in both colour schemes", function()
    start()
    loop:save("two.clnrm.toml", TWO:format("true"))
    loop:cycle()
    loop:save("two.clnrm.toml", TWO:format("false"))
    loop:cycle()
    for _, size in ipairs({ "390x800", "1400x900" }) do
      for _, scheme in ipairs({ "light", "dark" }) do
        local got = results(browse("--size", size, "--scheme", scheme, "open=" .. url,
          "click=tr.test[data-id$=second] a",
          "until=!!document.querySelector('.detail') && document.readyState === 'complete'",
          "eval=" .. FITS, "eval=" .. CONTRAST, "open=" .. url .. "timings",
          ("eval=%s && %s"):format(FITS, CAPTIONS), "eval=" .. CONTRAST, "errors"))
        local where = size .. " " .. scheme
        assert.same({ true, true }, { got[4], got[7] }, where)
        assert.is_true(got[5] >= 4.5 and got[8] >= 4.5,
          ("%s: contrast %.2f and %.2f"):format(where, got[5], got[8]))
        assert.same({}, { table.unpack(got[9]) }, where)
      end
    end
  end)

  it("has the columns of all files at the same places", function()
    support.write(dir .. "/slow.clnrm.toml",
      '[meta]\nname = "slow"\n[[steps]]\nname = "s"\ncommand = ["sleep", "1.1"]\n')
    start()
    for _, command in ipairs({ "true", "false", "true" }) do -- a longer history
      loop:save("two.clnrm.toml", TWO:format(command))
      loop:cycle()
    end
    for _, size in ipairs({ "400x800", "1200x900" }) do
      local got = results(browse("--size", size, "open=" .. url, "eval=" .. PLACES,
        "eval=document.querySelectorAll('.tests table').length", "eval=" .. FITS))
      assert.same({ 1, 2, true }, table.move(got, 2, 4, 1, {}), size)
    end
  end)

  it("says when the loop has ended", function()
    start()
    local browser = browse("open=" .. url, mark("touch", "seen"),
      "until=!document.querySelector('.lost').hidden", "eval=" .. verdict_of("first"))
    await("seen")
    loop:stop()
    assert.same({ true, true, true, "pass" }, results(browser))
  end)
end)
