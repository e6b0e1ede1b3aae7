local diag = require("engine.diag")
local text = require("core.text")

local golden = dofile("tests/tools/golden.lua")("tests/fixtures/diag/%s")

local FILE = "tests/db.clnrm.toml"

--- Makes a diagnostic about the first place of `piece` in `source`.
local function at(source, piece, fields)
  local first = assert(source:find(piece, 1, true), piece)
  local line, column = text.position(source, first)
  local d = {
    severity = "error",
    code = "P102",
    message = "wrong",
    file = FILE,
    line = line,
    column = column,
    offset = first - 1,
    length = #piece,
  }
  for k, v in pairs(fields or {}) do
    d[k] = v
  end
  return d
end

local function render(source, list, opts)
  opts = opts or {}
  opts.sources = { [FILE] = source }
  return diag.render(list, opts)
end

local FAILURE = [=[
[[scenario.steps]]
name = "migrate"
expect.stdout.matches = 'applied (\d+) migrations'
]=]

local CASES = {}

function CASES.failure()
  return FAILURE, {
    at(FAILURE, "'applied (\\d+) migrations'", {
      code = "T101",
      message = 'step "migrate" printed text that does not match',
      label = "no match in 3 lines of stdout",
      notes = {
        {
          title = "stdout",
          lines = {
            "connecting to db:5432",
            "apply 0004_users.sql",
            "Applied 4 migrations.",
            "~~~~~~~ nearest: differs only in case (line 3)",
          },
        },
        "the output was complete",
      },
      help = "use '(?i)applied (\\d+) migrations'",
      rerun = "clnrm run tests/db.clnrm.toml -k migrate --seed 42",
    }),
  }
end

function CASES.long_line()
  local source = "first = 1\nkey = [" .. ("1234567, "):rep(40) .. '"here", ' .. ("89, "):rep(40)
    .. "]\n"
  return source, { at(source, '"here"', { label = "expected a number" }) }
end

function CASES.strange()
  local source = "a = 1\n\tb = \"\27[31mred\8 \226\128\174x\" # é 漢字 👍\u{301}\n\tc\t= \"漢字\"\n"
  return source, {
    at(source, '"漢字"', { label = "wide" }),
    at(source, "\8", { message = "a control \27 character\nin the message" }),
  }
end

function CASES.invalid()
  local source = "a = '\xff\xfe'\nb = \"caf\xe9\" # \xc3\n"
  return source, { at(source, "\xe9", { label = "byte 0xE9 is not part of valid UTF-8" }) }
end

function CASES.related()
  local source = 'name = "a"\nx = 1\ny = 2\nz = 3\nname = "b"\n'
  local d = at(source, 'name = "b"', { code = "P105", message = "`name` is given twice" })
  d.related = { at(source, "name", { message = "first here" }) }
  return source, { d }
end

function CASES.end_of_text()
  local source = "a = 1\nb = ["
  local d = at(source, "b", { message = "the array is not closed", label = "the text ends here" })
  d.line, d.column, d.offset, d.length = 2, 6, #source, 0
  return source, { d }
end

function CASES.grouped()
  local source = ("key = 1\n"):rep(20)
  local list = {}
  for i = 1, 20 do
    list[i] = at(source, "key", { line = i, offset = (i - 1) * 8, message = "unknown key `key`" })
  end
  list[21] = at(source, "key", { severity = "warning", code = "P101" })
  return source, list
end

function CASES.no_place()
  return "", {
    { severity = "error", code = "E001", message = "no such file", file = "a\nb/\27[2J.toml" },
    { severity = "error", code = "E110", message = "a message without a file" },
  }
end

function CASES.several_lines()
  local source = 'text = """\nfirst\nsecond"""\n'
  return source, { at(source, '"""\nfirst\nsecond"""', { label = "expected a number" }) }
end

describe("engine.diag", function()
  for name, make in pairs(CASES) do
    it("draws " .. name:gsub("_", " ") .. " as the golden screens have it", function()
      local source, list = make()
      for _, width in ipairs({ 40, 80, 120 }) do
        local produced = render(source, list, { width = width, utf8 = true })
        golden(("%s.%d.txt"):format(name, width), produced)
      end
      golden(name .. ".ascii.txt", render(source, list, { width = 80 }))
    end)
  end

  it("shows nothing that a terminal would act on, and only ASCII when asked", function()
    for name, make in pairs(CASES) do
      local source, list = make()
      local shown = render(source, list, { utf8 = true })
      assert.is_nil(shown:find("[%z\1-\9\11-\31\127]"), name)
      assert.is_nil(text.bad_utf8(shown), name)
      assert.is_nil(render(source, list):find("[^\n\32-\126]"), name)
    end
  end)

  it("keeps source lines within the width of the screen, whatever is in them", function()
    local source, list = CASES.long_line()
    for width = 30, 200, 7 do
      for line in render(source, list, { width = width, utf8 = true }):gmatch("[^\n]+") do
        if line:find("^ ?%d*│") then
          assert.is_true(text.width(line) <= width, line)
        end
      end
    end
  end)

  it("puts the carets under what is marked, also behind wide characters and tabs", function()
    local source = "\tx = '漢字' # é\ty = 'here'\n"
    local lines = text.lines(render(source, { at(source, "'here'") }, { utf8 = true }))
    local from = lines[4]:find("'here'", 1, true)
    local carets = lines[5]:find("^", 1, true)
    assert.equal(text.width(lines[4]:sub(1, from - 1)), text.width(lines[5]:sub(1, carets - 1)))
    assert.matches("%^%^%^%^%^%^$", lines[5])
  end)

  it("folds long lines of output, up to 500 columns, unless marks stand under them", function()
    local function shown(lines)
      local d = { severity = "error", code = "T601", message = "m",
        notes = { { title = "log", lines = lines } } }
      local parts = {}
      for line in diag.render({ d }, { utf8 = true, explain = false }):gmatch("[^\n]+") do
        parts[#parts + 1] = line:match("│ (.*)")
      end
      return parts
    end
    local long = ("word "):rep(30) .. ("x"):rep(200) .. "é\tthe reason"
    local parts = shown({ long, "next" })
    assert.equal("next", table.remove(parts))
    assert.equal((long:gsub("\t", "\\t")), (table.concat(parts):gsub("␉", "\\t")))
    assert.is_true(#parts >= 5)
    for _, part in ipairs(parts) do
      assert.is_true(text.width(part) <= 70)
    end
    assert.matches(" $", parts[1])
    assert.matches("x…$", table.concat(shown({ ("x"):rep(501) })))
    assert.equal(500, #table.concat(shown({ ("x"):rep(500) })))
    assert.equal(2, #shown({ ("x"):rep(100), "  ^^^" }))
  end)

  it("draws a place in a line of ten megabytes from the bytes near it", function()
    local source = "a = '" .. ("漢"):rep(3500000) .. "' x\n"
    local started = os.clock()
    local shown = render(source, { at(source, "x\n", { length = 1 }) }, { utf8 = true })
    assert.is_true(os.clock() - started < 0.5)
    assert.matches("漢' x\n", shown)
    assert.is_true(#shown < 2000)
  end)

  it("colours words, not text, and only when asked", function()
    local source, list = CASES.failure()
    local plain = render(source, list, { utf8 = true })
    local coloured = render(source, list, { utf8 = true, color = true })
    assert.is_nil(plain:find("\27", 1, true))
    assert.matches("\27%[1;31merror%[T101%]\27%[0m", coloured)
    assert.equal(plain, (coloured:gsub("\27%[[%d;]*m", "")))
  end)

  it("names `clnrm explain` once for each code", function()
    local source, list = CASES.grouped()
    local _, count = render(source, list):gsub("clnrm explain", "")
    assert.equal(2, count)
    _, count = render(source, list, { explain = false }):gsub("clnrm explain", "")
    assert.equal(0, count)
  end)

  it("finds the place by line and column when no offset is given", function()
    local source = "a = 1\né = bad\n"
    local d = at(source, "bad")
    d.offset = nil
    local lines = text.lines(render(source, { d }, { utf8 = true }))
    assert.equal(" │     ^^^", lines[6])
    d.line = 99
    assert.is_nil(render(source, { d }):find("^^", 1, true))
    d.offset = 3 -- of the text as it was
    assert.is_nil(render(source, { d }):find("^^", 1, true))
  end)

  it("writes one line for editors and other programs", function()
    local d = at(FAILURE, "migrate", { message = "two\nlines \27[2J" })
    assert.equal("tests/db.clnrm.toml:2:9: error[P102] two␊lines ␛[2J", diag.concise(d))
    local plain = { severity = "error", code = "E110", message = "no file" }
    assert.equal("error[E110] no file", diag.concise(plain))
  end)

  it("makes plain tables for JSON", function()
    local source, list = CASES.related()
    assert.same({
      severity = "error",
      code = "P105",
      message = "`name` is given twice",
      file = FILE,
      line = 5,
      column = 1,
      offset = source:find('name = "b"', 1, true) - 1,
      length = 10,
      related = {
        { message = "first here", file = FILE, line = 1, column = 1, offset = 0, length = 4 },
      },
    }, diag.json(list[1]))
    local _, failure = CASES.failure()
    assert.matches("^stdout:\nconnecting", diag.json(failure[1]).notes[1])
  end)

  it("sorts by file and place, and knows an error from warnings", function()
    local list = {
      { severity = "warning", code = "P101", message = "3", file = "b", offset = 1 },
      { severity = "warning", code = "P101", message = "2", file = "a", offset = 5 },
      { severity = "warning", code = "P101", message = "1", file = "a" },
    }
    diag.sort(list)
    assert.same({ "1", "2", "3" }, { list[1].message, list[2].message, list[3].message })
    assert.is_false(diag.has_error(list))
    list[2].severity = "error"
    assert.is_true(diag.has_error(list))
  end)

  it("raises on misuse", function()
    assert.has_error(function()
      return diag.render(nil)
    end, "list must be a table")
  end)
end)
