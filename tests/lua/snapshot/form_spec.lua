local form = require("engine.snapshot.form")
local place = require("engine.snapshot.place")
local value = require("engine.snapshot.value")

local function print(text, more)
  local snapshot = { file = "a.clnrm.toml", test = "t", name = "n", of = "stdout", text = text }
  for key, entry in pairs(more or {}) do
    snapshot[key] = entry
  end
  return form.print(snapshot)
end

describe("the form of a snapshot", function()
  it("has a head, and a plain text as it is", function()
    assert.equal("clnrm snapshot 1\nfile: a.clnrm.toml\ntest: t\nname: n\nof: stdout\n---\n"
      .. "one\n\ttwo \\ é\n", print("one\n\ttwo \\ é\n"))
  end)

  it("takes no line of a head that it does not know, and none twice", function()
    local good = "clnrm snapshot 1\ntest: t\nname: n\nof: stdout\n%s---\none\n"
    assert.equal("one\n", form.parse(good:format("")).text)
    for _, line in ipairs({ "extra: 1\n", "name: n\n", "form: escaped\nform: escaped\n" }) do
      local got, why = form.parse(good:format(line))
      assert.is_nil(got, line)
      assert.matches("^it is damaged: ", why)
    end
  end)

  it("gives every text back, byte for byte", function()
    local all = {}
    for byte = 0, 255 do
      all[#all + 1] = string.char(byte)
    end
    local bytes = table.concat(all)
    for _, text in ipairs({
      "", "\n", "a", "a\n", "a\n\n", "\r\n", "a\r\nb\r\n", "\0", "\27[1mred\27[0m\n", "\255\254",
      "---\nclnrm snapshot 1\n---\n", "\\x41\r", "\\", "\\\\\r", "\u{202e}abc", "\u{9b}31m",
      "é\xc3",
      "\u{10ffff}", "\xed\xa0\x80", "\xf4\x90\x80\x80", bytes, bytes:reverse(), bytes .. "\n",
    }) do
      local back = assert(form.parse(print(text)))
      assert.equal(text, back.text)
    end
  end)

  it("gives random bytes back", function()
    math.randomseed(42)
    local pieces =
      { "\\", "x", "4", "1", "u{", "}", "\n", "\r", "\0", "é", "\xc3", "\u{202e}", "e" }
    for _ = 1, 3000 do
      local list = {}
      for i = 1, math.random(0, 12) do
        list[i] = pieces[math.random(#pieces)]
      end
      local text = table.concat(list)
      assert.equal(text, assert(form.parse(print(text))).text)
    end
  end)

  it("ends with a newline and holds no control, whatever the text", function()
    for _, text in ipairs({ "a", "a\r\nb", "\0\27]0;x\7", "\255", "\u{202e}" }) do
      local bytes = print(text)
      assert.equal("\n", bytes:sub(-1))
      assert.is_nil(bytes:find("[%z\1-\9\11-\31\127-\255]"), bytes)
    end
  end)

  it("keeps names of any kind in one line of the head", function()
    local bytes = print("x\n", { test = "a\nform: escaped\n---\n", name = "\27[2J" })
    local back = assert(form.parse(bytes))
    assert.equal("x\n", back.text)
    assert.equal("stdout", back.of)
  end)

  it("is read strictly", function()
    for bytes, why in pairs({
      [""] = "no snapshot of clnrm",
      ["hello\n"] = "no snapshot of clnrm",
      ["clnrm snapshot 1"] = "no snapshot of clnrm",
      ["clnrm snapshot 2\n---\n"] = "newer clnrm",
      ["clnrm snapshot 1\r\n---\r\n"] = "CR LF",
      ["clnrm snapshot 1\nname: a\n"] = "no end",
      ["clnrm snapshot 1\n<<<<<<< HEAD\n---\n"] = "no line of a head",
      ["clnrm snapshot 1\nend: no newline\n---\nabc"] = "last line",
      ["clnrm snapshot 1\nend: maybe\n---\nabc\n"] = "not known",
      ["clnrm snapshot 1\nform: hex\n---\nabc\n"] = "not known",
      ["clnrm snapshot 1\nform: escaped\n---\n\\q\n"] = "nothing known",
      ["clnrm snapshot 1\nform: escaped\n---\n\\xg0\n"] = "nothing known",
      ["clnrm snapshot 1\nform: escaped\n---\n\\u{110000}\n"] = "nothing known",
    }) do
      local got, message = form.parse(bytes)
      assert.is_nil(got, bytes)
      assert.matches(why, message, nil, nil, bytes)
    end
  end)
end)

describe("the text of a value", function()
  it("is the same for the same values, whatever the order in which they were put in", function()
    local a, b = {}, {}
    for i = 1, 50 do
      a["k" .. i], b["k" .. (51 - i)] = i, 51 - i
    end
    for i = 1, 50 do
      assert.equal(a["k" .. i], b["k" .. i])
    end
    assert.equal(value.text(a), value.text(b))
  end)

  it("tells apart what is not the same", function()
    local seen = {}
    for _, one in ipairs({
      1, 1.0, "1", true, "true", {}, { {} }, { 1 }, { [2] = 1 }, { ["1"] = 1 }, { "a\nb" },
      { "a\\nb" }, { 'a"b' }, { a = 1 }, { "a = 1" }, 0.1, 0.1 + 0.2, 0.3, -0.0, 0.0, math.huge,
      -math.huge, 0 / 0, require("core.json").null, { 1, nil, 3 }, { 1, 3 }, { [true] = 1 },
    }) do
      local text = assert(value.text(one))
      assert.is_nil(seen[text], text)
      seen[text] = true
    end
    assert.equal("nil", value.text(nil))
  end)

  it("is refused of what has none", function()
    local loop = {}
    loop[1] = loop
    local deep = {}
    for _ = 1, 60 do
      deep = { deep }
    end
    local wide = {}
    for i = 1, 30000 do
      wide[i] = i
    end
    for what, one in pairs({
      ["a function"] = print,
      ["a coroutine"] = { a = coroutine.create(print) },
      ["holds itself"] = loop,
      ["deep"] = deep,
      ["entries"] = wide,
      ["a key that is a table"] = { [{}] = 1 },
      ["a userdata"] = io.stdout,
    }) do
      local text, refused = value.text(one)
      assert.is_nil(text)
      assert.matches(what, refused)
    end
  end)

  it("writes a table twice that stands in two places", function()
    local shared = { 1 }
    assert.is_string(value.text({ shared, shared }))
  end)
end)

describe("the place of a snapshot", function()
  local function of(name, test, cell, file)
    file = file or "tests/a.clnrm.toml"
    return place.of({ name = test or "t", cell = cell, file = file,
      suite = { path = "/p/" .. file } }, name)
  end

  it("is beside the test file, in folders of the file and the test", function()
    local got = of("output", "rolls back")
    assert.equal("/p/tests", got.root)
    assert.equal("snapshots/a.clnrm.toml/rolls+back/output.snap", got.path)
    assert.equal("tests/snapshots/a.clnrm.toml/rolls+back/output.snap", got.shown)
  end)

  it("is another for each name, test, cell and file", function()
    local seen = {}
    for _, one in ipairs({
      of("a b"), of("a+b"), of("a-b"), of("a_b"), of("a/b"), of("a\\b"), of("a  b"), of(" a b"),
      of("a b."), of("a.b"), of("ä"), of("ö"), of(("x"):rep(300)), of(("x"):rep(301)), of("."),
      of(".."), of("../../etc/passwd"), of(""), of("\0"), of("n", "a", "x=1"),
      of("n", "a", "x=2"), of("n", "a"), of("n", "a[x=1]"),
      of("n", "a", nil, "tests/b.clnrm.toml"),
    }) do
      if one.test ~= "a[x=1]" or not seen[one.root .. one.path] then
        assert.is_nil(seen[one.root .. one.path], one.path)
      end
      seen[one.root .. one.path] = true
    end
  end)

  it("never leaves its folder", function()
    for _, name in ipairs({ "..", ".", "../x", "/etc/passwd", "a/../../b", "-rf", ".hidden" }) do
      for part in of(name, name).path:gmatch("[^/]+") do
        assert.matches("^[%w_][%w_%-%.%+]*$", part)
        assert.is_true(#part <= 100)
      end
      assert.equal(4, select(2, of(name, name).path:gsub("[^/]+", "")))
    end
  end)
end)
