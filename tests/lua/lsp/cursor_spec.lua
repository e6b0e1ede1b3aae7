local cursor = require("engine.lsp.cursor")
local names = require("engine.lsp.names")
local outline = require("engine.lsp.outline")

local TEXT = [==[
a = 1
[one."two three"]
b.c = { d = [1, { e = 'x' }], "f g" = 2 }
[[list]]
[[list.deep]] # [[not.this]]
h = """
[no]
"""
i =
{% if x %}
j = "{{ k }}"
[[list.deep
]==]

--- Says what stands where `¦` is.
local function at(text)
  local before, after = text:match("^(.-)¦(.*)$")
  local found = cursor.at(outline.of(before .. after), #before)
  return found and ("%s %s%s"):format(found.where, table.concat(found.path, "."),
    found.part and "|" .. found.part.name or "")
end

describe("engine.lsp.cursor", function()
  it("knows keys, values and headers, with their paths", function()
    for text, wanted in pairs({
      ["¦"] = "key ", ["a¦b = 1"] = "key |ab", ["a.b¦.c = 1"] = "key a|b", ["a.¦"] = "key a",
      ["a = ¦"] = "value a", ["a =¦"] = "value a", ["a = 1¦2"] = "value a",
      ["[a]\nb = { c = ¦ }"] = "value a.b.c", ["[a]\nb = { ¦ }"] = "key a.b",
      ["[a]\nb = { c.d¦ = 1 }"] = "key a.b.c|d", ["a = [ 1, ¦"] = "value a",
      ["a = [ { b = 1, c¦ } ]"] = "key a|c", ["a = {}¦"] = "value a",
      ["[a¦b]"] = "header |ab", ["[a.¦]"] = "header a", ["[[a.b¦"] = "header a|b",
      ["[a]\n¦[b]"] = "key a", ["[a]\n  ¦\n[b]"] = "key a", ["[a]\n[b]\n\n¦"] = "key b",
      ["['x y'.z¦]"] = "header x y|z", ['"a\\u0062"¦ = 1'] = "key |ab",
    }) do
      assert.equal(wanted, at(text), text)
    end
    for _, text in ipairs({ "# ¦a", "a = 1 # ¦", "[a] ¦x", "a = 1 ¦ " }) do
      assert.is_nil(at(text), text)
    end
  end)

  it("says something of each place of each begin of a text", function()
    for stop = 0, #TEXT do
      local begun = outline.of(TEXT:sub(1, stop))
      names.leaves(begun)
      for offset = 0, stop do
        local found = cursor.at(begun, offset)
        if found then
          assert(found.path, stop .. " " .. offset)
          assert(not found.part or found.part.first <= offset and offset <= found.part.stop)
        end
      end
    end
  end)
end)

describe("engine.lsp.outline", function()
  it("reads through tags and errors", function()
    local read = outline.of(TEXT)
    local list = {}
    for i, leaf in ipairs(names.leaves(read)) do
      list[i] = table.concat(outline.names(leaf.parts), ".")
    end
    assert.same({ "a", "one.two three", "one.two three.b.c", "one.two three.b.c.d",
      "one.two three.b.c.d.e", "one.two three.b.c.f g", "list", "list.deep", "list.deep.h",
      "list.deep.i", "list.deep.j", "list.deep" }, list)
    assert.is_true(read.has_problems)
  end)

  it("finds steps with the scenario that they are of", function()
    local read = outline.of('[[steps]]\nname = "a"\n[[scenario]]\nname = "s"\n'
      .. '[[scenario.steps]]\nname = "b"\n[[scenario]]\nsteps = [{ name = "c" }, { name = 1 }]\n')
    local list = {}
    for i, step in ipairs(names.named(read, "step")) do
      list[i] = ("%s %s"):format(step.name, step.owner and step.owner.first or "-")
    end
    assert.same({ "a -", "b 21", "c 75" }, list)
    assert.equal("s", names.named(read, "scenario")[1].name)
  end)
end)
