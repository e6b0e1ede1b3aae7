--- Which lines a comment `# clnrm: ignore[…]` holds for.
local fix = require("engine.lint.fix")
local lint = require("engine.lint")

local linter = assert(lint.new({ select = { "L031", "L301", "L9" } }))

local HEAD = '[meta]\nname = "a"\n'
local STEP = '[[steps]]\nname = "b"\ncommand = "sleep 5"\nexpect.stdout.contains = "x"\n'
local OTHER = STEP:gsub('"b"', '"c"')
local SERVICES = '[services.a]\nimage = "redis"\n[services.b]\nimage = "redis"\n'
  .. '[[steps]]\nname = "c"\ncommand = "ls"\nexpect.stdout.contains = "x"\n'

local function run(text)
  return linter:text(text, "/nowhere/a.clnrm.toml", { file = "a", project_dir = "/nowhere" })
end

--- What is told of a text, as lines and codes; fixing keeps the text of a comment that is needed.
local function told(text)
  local list, result = {}, run(text)
  for i, d in ipairs(result.list) do
    list[i] = d.line .. ":" .. d.code
  end
  if #list == 0 then
    assert.equal(text, fix.run(result, { unsafe = true, lint = run }).text)
  end
  return table.concat(list, " ")
end

describe("a suppression", function()
  it("alone above a [header] holds for that table, and no further", function()
    assert.equal("4:L031 6:L031", told(HEAD .. SERVICES))
    assert.equal("7:L031", told(HEAD .. "# clnrm: ignore[L031] why\n" .. SERVICES))
    assert.equal("", told(HEAD .. '[services.a]\nimage = "redis:7"\n'
      .. "# clnrm: ignore[L031] why\n" .. SERVICES:match("%[services.b.*")))
    assert.equal("", told(HEAD .. "  # clnrm: ignore[L301] why\n" .. STEP))
  end)

  it("may have no blank or several before its word", function()
    assert.equal("", told(HEAD .. "# clnrm:ignore[L301] why\n" .. STEP))
    assert.equal("", told(HEAD .. "# clnrm:  ignore[L301] why\n" .. STEP))
    assert.matches("L301", told(HEAD .. "# clnrm: why\n" .. STEP))
  end)

  it("ends with its table whatever the next header is like", function()
    local text = HEAD .. "# clnrm: ignore[L301] why\n" .. STEP
    assert.equal("", told(text))
    for _, header in ipairs({ "[[steps]]", "  [[steps]]", '[["steps"]]', "[[ steps ]] # c" }) do
      assert.equal("10:L301", told(text .. header .. OTHER:sub(10)))
    end
  end)

  it("is not ended by a row of an array, nor by a line of a text", function()
    local inside = 'env = { A = """\n[a]\n""" }\nneeds = [\n  "x"\n]\n'
    local text = HEAD .. "# clnrm: ignore[L301] why\n[[steps]]\nname = \"b\"\n"
      .. "expect.exit_code = [\n[1, 2],\n[3]\n]\n" .. inside .. 'command = "sleep 5"\n'
    assert.is_nil(told(text):find("L301", 1, true))
    assert.matches("L301", told((text:gsub("# clnrm[^\n]*", ""))))
  end)

  it("alone on its line holds for the next one that holds more than a comment", function()
    local function above(lines)
      return HEAD .. (STEP:gsub("command", lines .. "command"))
    end
    assert.equal("", told(above("# clnrm: ignore[L301] because\n")))
    assert.equal("", told(above("# clnrm: ignore[L301] because\n# it is slow\n")))
    assert.equal("", told(above("# clnrm: ignore[L301] because\n\n  # it\n\n")))
    assert.equal("5:L901 7:L301",
      told(above('# clnrm: ignore[L301] because\ntimeout = "9s"\n')))
  end)

  it("at the end of a line holds for that line", function()
    assert.equal("", told(HEAD .. (STEP:gsub("5\"", "%0 # clnrm: ignore[L301] why"))))
    assert.equal("3:L901 5:L301", told(HEAD .. (STEP:gsub("%]%]", "%0 # clnrm: ignore[L301] w"))))
  end)

  it("holds for a table among the tags of a template", function()
    local text = HEAD .. '[vars]\nv = "1"\n{% if v %}\n# clnrm: ignore[L301] why\n' .. STEP
      .. "{% endif %}\n" .. OTHER
    assert.equal("14:L301", told(text))
  end)

  it("in the first line of a file is read, behind a byte order mark as well", function()
    for _, mark in ipairs({ "", "\xEF\xBB\xBF" }) do
      local text = mark .. "# clnrm: ignore[L301] why\n" .. STEP .. HEAD
      assert.equal("", told(text))
    end
  end)

  it("of a rule's name, or its code in small letters, holds as well", function()
    assert.equal("", told(HEAD .. (STEP:gsub("5\"", "%0 # clnrm: ignore[sleep-in-step] why"))))
    assert.equal("", told(HEAD .. (STEP:gsub("5\"", "%0 # clnrm: ignore[l301] why"))))
  end)

  it("is found in no time among very many", function()
    local text = HEAD .. ("# clnrm: ignore[L301] x\n"):rep(20000) .. STEP
    local list, on = require("engine.lint.suppress").list(text, "toml"), 20003
    assert.equal(20000, #list)
    for _, one in ipairs(list) do
      assert.equal(on, one.first)
    end
  end)
end)
