--- The proof that a formatted text is the same: broken formatters are caught, nothing is written.
local fmt = require("engine.fmt")
local finder = require("engine.fmt.finder")
local tags = require("engine.fmt.tags")
local toml = require("core.toml")
local verify = require("engine.fmt.verify")

local TEXT = "# top\na  =  0x10 # ten\nb=[1,\n 2,\n]\n[t]\nc='x'\nd={e=1.0}\n"

--- Formatters that break something, each in its way.
local BROKEN = {
  { "drops a comment", "syntax|tokens", function(s) return (s:gsub(" # ten", "")) end },
  { "moves a comment", "tokens", function(s) return (s:gsub("# top\n", "") .. "# top\n") end },
  { "writes a number otherwise", "tokens", function(s) return (s:gsub("0x10", "16")) end },
  { "changes a number", "values", function(s) return (s:gsub("0x10", "0x11")) end },
  { "changes a type", "values", function(s) return (s:gsub("1%.0", "1")) end },
  { "changes quotes", "tokens", function(s) return (s:gsub("'x'", '"x"')) end },
  { "drops a key", "values", function(s) return (s:gsub("c = 'x'\n", "")) end },
  { "drops a header", "values", function(s) return (s:gsub("%[t%]\n", "")) end },
  { "swaps keys", "values", function(s)
    return (s:gsub("(c = 'x'\n)(d = [^\n]*\n)", "%2%1"))
  end },
  { "drops an element", "values", function(s) return (s:gsub("  2,\n", "")) end },
  { "joins lines", "syntax", function(s) return (s:gsub("\nb", " b")) end },
}

local WORDS = {
  syntax = "no TOML any more", values = "would be another one", tokens = "missing, added",
}

describe("a formatter that", function()
  local print = fmt.print

  after_each(function()
    fmt.print = print
  end)

  for _, mutant in ipairs(BROKEN) do
    it(mutant[1] .. " is caught", function()
      local made = mutant[3](assert(toml.format(TEXT)))
      assert.are_not.equal(made, toml.format(TEXT)) -- it did break something
      local why = verify.problem(TEXT, made)
      local found = false
      for word in mutant[2]:gmatch("%a+") do
        found = found or (why or ""):find(WORDS[word], 1, true) ~= nil
      end
      assert.is_true(found, why)
      fmt.print = function(text, opts)
        return mutant[3](assert(print(text, opts)))
      end
      local result = fmt.format(TEXT, "a.toml")
      assert.is_nil(result.text)
      assert.equal("F011", result.bug.code)
      result = fmt.format(TEXT .. "e = {{ x }}\n", "a.toml.tera")
      assert.is_nil(result.text)
      assert.equal("F011", result.bug.code)
    end)
  end

  it("goes on changing what it made is caught when asked", function()
    local count = 0
    fmt.print = function(text, opts)
      count = count + 1
      return print(text, opts) .. ("\n"):rep(count)
    end
    assert.is_string(fmt.format(TEXT, "a.toml").text)
    local result = fmt.format(TEXT, "a.toml", { verify = true })
    assert.equal("F011", result.bug.code)
    assert.matches("once more", result.bug.message)
  end)

  it("puts a comma beside a tag is caught", function()
    for text, mutant in pairs({
      ["a = [1,\n{{ x }} ]\n"] = { '(".-")\n%]', "%1,\n]" },
      ["a = [\n1\n{% if x %}\n{% endif %}\n]\n"] = { "1\n", "1,\n" },
      ["a = [\n1,\n{% if x %}\n{% endif %}\n]\n"] = { "1,\n", "1\n" },
    }) do
      fmt.print = print
      assert.is_string(fmt.format(text, "a.toml.tera").text)
      fmt.print = function(masked, opts)
        local made, count = assert(print(masked, opts)):gsub(mutant[1], mutant[2])
        assert.equal(1, count)
        return made
      end
      local result = fmt.format(text, "a.toml.tera")
      assert.equal("F011", result.bug and result.bug.code, text)
      assert.matches("comma", result.bug.message)
    end
  end)

  it("loses a tag is caught", function()
    local text = "a = {{ x }}\n"
    local masked = tags.mask(text, tags.pieces(text, finder.find(text)))
    assert.equal(text, tags.restore(masked, masked.text))
    assert.is_nil(tags.restore(masked, "a = 1\n"))
    assert.is_nil(tags.restore(masked, masked.text .. masked.text))
  end)
end)
