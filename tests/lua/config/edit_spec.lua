--- One key set in a text of TOML: where it goes, and that nothing else changes.
local edit = require("engine.config.edit")
local toml = require("core.toml")

describe("engine.config.edit", function()
  for name, case in pairs({
    ["replaces a value, and keeps its comment"] = {
      "a.b = 1 # one\n", { "a", "b" }, "2", "a.b = 2 # one\n" },
    ["replaces a value of several lines"] = {
      "[a]\nb = '''\nx\n''' # c\nd = 1\n", { "a", "b" }, '"y"', '[a]\nb = "y" # c\nd = 1\n' },
    ["adds to a table behind what it has, with the indentation of that"] = {
      "[a]\n  b = 1 # one\n\n[c]\n", { "a", "d" }, "2", "[a]\n  b = 1 # one\n  d = 2\n\n[c]\n" },
    ["adds to a table that has nothing yet"] = {
      "[a] # empty\n[c]\n", { "a", "d" }, "2", "[a] # empty\nd = 2\n[c]\n" },
    ["adds beside dotted keys as one"] = {
      "a.b = 1\n[c]\n", { "a", "d" }, "2", "a.b = 1\na.d = 2\n[c]\n" },
    ["adds to an inline table"] = {
      "a = { b = 1 } # c\n", { "a", "d" }, "2", "a = { b = 1, d = 2 } # c\n" },
    ["adds to an empty inline table"] = { "a = {}\n", { "a", "d" }, "2", "a = { d = 2 }\n" },
    ["adds below a table of a profile as a dotted key"] = {
      "[p.x]\nu.v = 1\n", { "p", "x", "a", "b" }, "2", "[p.x]\na.b = 2\nu.v = 1\n" },
    ["makes a table at the end"] = {
      "# top\n[c]\nd = 1", { "a", "b" }, "2", "# top\n[c]\nd = 1\n\n[a]\nb = 2\n" },
    ["makes the first table of a file"] = { "", { "a", "b" }, "2", "[a]\nb = 2\n" },
    ["quotes names that are not bare"] = {
      "", { "p", "of us", "b" }, "2", '[p."of us"]\nb = 2\n' },
    ["keeps the line ends of the file"] = {
      "[a]\r\nb = 1\r\n", { "a", "d" }, "2", "[a]\r\nb = 1\r\nd = 2\r\n" },
    ["does not go into a list of tables that stands in the table"] = {
      "[a]\n[[a.l]]\nx = 1\n", { "a", "d" }, "2", "[a]\nd = 2\n[[a.l]]\nx = 1\n" },
    ["finds a place where the table stands only in headers of others"] = {
      "[a.b]\nx = 1\n", { "a", "d" }, "2", "[a.b]\nx = 1\n\n[a]\nd = 2\n" },
  }) do
    it(name, function()
      local text, path, literal, wanted = table.unpack(case)
      assert.equal(wanted, edit.set(text, path, literal))
    end)
  end

  it("gives none where no place leaves the rest as it is", function()
    assert.is_nil(edit.set("a = 1\n", { "a", "b" }, "2"))
    assert.is_nil(edit.set("[[a]]\nx = 1\n", { "a", "b" }, "2"))
  end)

  it("writes each text so that it is read again", function()
    for _, text in ipairs({ "plain", 'a "b" \\ c', "\t\n\r\0\127", "ä\u{202e}" }) do
      assert.equal(text, toml.decode("v = " .. edit.quote(text)).v)
    end
  end)

  it("leaves every byte of a file as it is, wherever a key is set", function()
    local text = "# a\n[cli]\t# b\njobs\t=  3   # c\n\n\n# d\n[ui]\ncolor='never'#e\n# end"
    for _, path in ipairs({ { "cli", "x" }, { "ui", "x" }, { "new", "x" } }) do
      local got = edit.set(text, path, "1")
      local rest = got:gsub("\n*%[new%]\nx = 1\n$", "", 1):gsub("x = 1\n", "", 1)
      assert.equal(text, (rest:gsub("\n$", "")))
    end
  end)
end)
