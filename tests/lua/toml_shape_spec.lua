local toml = require("core.toml")

local SHAPE = [[
values 20
marks item%20name items alias
text min=1 max=8 set=0
text min=1 refers=0
integer min=1 max=9
list item=0 single=1 min=1 clears=1
record required=1
key name type=0 mark=0 slot=0
key size type=2 slot=1
key count type=2 also=2 slot=1
list item=4 clears=1
record owns=3 needs=1
key items type=5 slot=0 rule=0:1:0 mark=1
key first type=1 slot=1 rule=0:2:0
key only type=2 slot=2 rule=0:0:1
key none type=2 slot=3 rule=0:0:1
]]

describe("toml.fits", function()
  local shape = toml.shape(SHAPE)
  local function fits(text, is_rendered)
    return toml.fits(text, shape, is_rendered)
  end

  it("tells the marks of a document that fits", function()
    assert.same({ items = true, ["item name"] = true }, fits('items = [{ name = "a" }]'))
    assert.same({ items = true, ["item name"] = true, alias = true },
      fits('first = "b"\n[[items]]\nname = "b"\ncount = 2'))
  end)

  it("knows what must differ, be there, and not stand together", function()
    for _, text in ipairs({
      "", 'items = [{ size = 1 }]', 'items = [{ name = "a", size = 10 }]', "items = 1",
      'items = [{ name = "a" }, { name = "a" }]', 'items = [{ name = "" }]',
      'items = [{ name = "a", size = 1, count = 1 }]', 'items = [{ name = "a\\u0000" }]',
      'first = "b"\nitems = [{ name = "a" }]', 'items = [{ name = "a" }]\nonly = 1\nnone = 1',
      'items = [{ name = "a" }]\nother = 1', 'items = [{ name = "123456789" }]', 'items = [',
    }) do
      assert.is_nil(fits(text), text)
    end
    assert.is_table(fits('items = [{ name = "a" }, { name = "b" }]\nonly = 1'))
  end)

  it("takes no more values than it says", function()
    local item = '{ name = "%d", size = 1 },'
    local function list(count)
      local parts = {}
      for i = 1, count do
        parts[i] = item:format(i)
      end
      return "items = [" .. table.concat(parts) .. "]"
    end
    assert.is_table(fits(list(6))) -- 2 and 18
    assert.is_nil(fits(list(7)))
  end)

  it("fits no text with tags, unless it came out of a template", function()
    local text = 'items = [{ name = "{{ a }}" }]'
    assert.is_nil(fits(text))
    assert.is_table(fits(text, true))
    assert.is_nil(fits('items = [{ name = "a" }] # {% if %}'))
  end)

  it("says when words may be hidden", function()
    assert.is_true(fits('items = [{ name = "\\u0061" }]').hidden)
    assert.is_true(fits('items = [{ name = """a\\\n b""" }]').hidden)
    assert.is_nil(fits('items = [{ name = "\\"a" }]').hidden)
  end)

  it("refuses a shape that is wrong, by its line", function()
    for text, line in pairs({
      ["text min=x\n"] = 1, ["integer\nkey a type=0\n"] = 2, ["text other=1\n"] = 1,
      ["record\nkey a type=0 slot=0\n"] = 2, -- a type of its own would never end
      ["list item=0\n"] = 1, ["text form=[a\n"] = 1, ["text min=%X\n"] = 1,
      ["integer\nrecord\nkey a type=0 slot=64\n"] = 3, ["port set=0\n"] = 1,
      ["marks a\ninteger\nrecord\nkey a type=0 slot=0 mark=1\n"] = 4,
    }) do
      assert.error_matches(function()
        return toml.shape(text)
      end, ("line %d of the shape is wrong"):format(line))
    end
    assert.has_error(function()
      return toml.shape("integer\n") -- no record
    end)
  end)

  it("says so when a shape is closed", function()
    local other = toml.shape(SHAPE)
    other:close()
    other:close()
    assert.error_matches(function()
      return toml.fits("", other)
    end, "shape is closed")
  end)
end)
