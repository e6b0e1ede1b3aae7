--- tests/fixtures/wrong: what each wrong file is told, as expected.txt has it.
---
--- CLNRM_GOLDEN=write writes expected.txt anew; read it by eye then.
local diag = require("engine.diag")
local discover = require("engine.discover")
local fs = require("core.fs")
local model = require("engine.model")
local text = require("core.text")

local root = os.getenv("CLNRM_ROOT") or "."
local checkout = assert(fs.realpath(root)) -- not the same on two machines
local folder = root .. "/tests/fixtures/wrong/"

local MAKE = "exec 2>/dev/null; set -- '%s'; %s"
local SHOWN = 30 -- lines of one file

--- Reads a file as the commands do.
local function problems_of(path, file)
  local found, problems = discover.find({ path })
  if not found then
    return problems
  end
  local suite, list, source = model.load(found[1].path, { file = file })
  assert.is_nil(suite, file)
  assert.is_true(#list > 0, file)
  for _, width in ipairs({ 40, 120 }) do -- none must be too strange to be drawn
    local shown = diag.render(list, { sources = { [file] = source }, width = width, utf8 = true })
    assert.is_nil(shown:find("[%z\1-\9\11-\31\127]"), file)
    assert.is_nil(text.bad_utf8(shown), file)
  end
  return list
end

--- Writes what is told, one line each; the file's own name is left out.
local function summary(name, path)
  local lines = { "== " .. name }
  for _, d in ipairs(problems_of(path, name)) do
    local where = d.line and ("%d:%d "):format(d.line, d.column) or ""
    local label = d.label and " | " .. d.label or ""
    local help = d.help and " | help: " .. d.help or ""
    local line = ("%s%s %s%s%s"):format(where, d.code, d.message, label, help)
    line = line:gsub(checkout:gsub("%p", "%%%0"), "TOP")
    -- marks of a conflict are written shorter: who looks for such in the tree finds none here
    line = line:gsub(("<"):rep(7), "<<<...<"):gsub((">"):rep(7), ">>>...>")
    lines[#lines + 1] = text.escape(line, { line = true })
  end
  if #lines > SHOWN then
    local more = #lines - SHOWN
    lines = table.move(lines, 1, SHOWN, 1, {})
    lines[#lines + 1] = ("(%d more)"):format(more)
  end
  return table.concat(lines, "\n") .. "\n"
end

local function static_files()
  local names = {}
  for _, entry in ipairs(assert(fs.scandir(folder))) do
    if entry.name:match("%.clnrm%.toml$") then
      names[#names + 1] = entry.name
    end
  end
  return names
end

describe("wrong files", function()
  local made = {}

  it("are all refused, the kept ones and the made ones", function()
    for _, name in ipairs(static_files()) do
      made[#made + 1] = summary(name, folder .. name)
    end
    local top = assert(fs.tempdir())
    finally(function()
      assert(fs.remove_tree(top))
    end)
    for _, entry in ipairs(dofile(folder .. "generated.lua")) do
      local path = top .. "/" .. entry[1]
      assert.is_true(os.execute(MAKE:format(path, entry[2])), entry[1])
      made[#made + 1] = summary(entry[1], path)
      os.execute(("rm -rf '%s'"):format(path))
    end
    assert.is_true(#made >= 160, #made)
  end)

  it("are told what expected.txt has", function()
    local produced = table.concat(made, "\n")
    for _, mark in ipairs({ "<", ">" }) do -- else expected.txt looks like a merge that stopped
      produced = produced:gsub(mark:rep(7), mark .. "{7}")
    end
    if os.getenv("CLNRM_GOLDEN") == "write" then
      assert(fs.write_atomic(folder .. "expected.txt", produced))
    end
    local expected = assert(fs.read(folder .. "expected.txt"))
    if expected ~= produced then -- the first difference is enough to read
      local a, b = text.lines(expected), text.lines(produced)
      for i = 1, math.max(#a, #b) do
        assert.equal(a[i], b[i], ("line %d of expected.txt"):format(i))
      end
    end
  end)
end)
