--- The rewriting of asserts is neutral: random programs, and the Lua that is on this machine.
local root = os.getenv("CLNRM_ROOT") or "."
local chunks = dofile(root .. "/tests/fuzz/lua_chunks.lua")
local operands = require("core.operands")
local programs = dofile(root .. "/tests/fuzz/lua_programs.lua")
local rewrite = require("engine.script.rewrite")

local SEED = tonumber(os.getenv("CLNRM_FUZZ_SEED")) or 20261121
local COUNT = tonumber(os.getenv("CLNRM_FUZZ_COUNT")) or 400

--- The same numbers whatever else asks for random ones.
local function new_random(seed)
  local state = seed
  return function(a, b)
    state = (state * 6364136223846793005 + 1442695040888963407)
    return a + ((state >> 33) % (b - a + 1))
  end
end

--- Runs one program as it is and rewritten.
---@return string? difference
local function try(text, rewriter, counts)
  local env, notes = programs.world(operands.assert)
  local fn = load(text, "@x", "t", env)
  if not fn then
    return nil
  end
  local rewritten, sites = rewriter.rewrite(text, "@x")
  counts.compiled = counts.compiled + 1
  if not rewritten then
    return nil
  end
  local env_of_rewritten, notes_of_rewritten = programs.world(operands.assert)
  local make, why = load(rewritten, "@x", "t", env_of_rewritten)
  if not make then
    return why
  end
  programs.run(fn, notes)
  programs.run(make(operands.sides(sites)), notes_of_rewritten)
  counts.sites = counts.sites + #sites
  counts.notes = counts.notes + #notes
  counts.told = counts.told + #notes_of_rewritten.told
  counts.exact = counts.exact + (notes_of_rewritten.exact or 0)
  for i = 1, math.max(#notes, #notes_of_rewritten) do
    if notes[i] ~= notes_of_rewritten[i] then
      return ("%s\n-- differs: %s ~= %s"):format(text, notes[i], notes_of_rewritten[i])
    end
  end
  return notes_of_rewritten.wrong and text .. "\n-- told wrongly: " .. notes_of_rewritten.wrong
end

local function fuzz(rewriter, count)
  local counts = { compiled = 0, sites = 0, notes = 0, told = 0, exact = 0 }
  local random = new_random(SEED)
  for i = 1, count do
    local difference = try(programs.generate(random), rewriter, counts)
    if difference then
      return ("program %d of seed %d:\n%s"):format(i, SEED, difference), counts
    end
  end
  return nil, counts
end

--- engine.script.rewrite with a piece of its text replaced.
local function mutant(old, new)
  local file = assert(io.open(root .. "/lua/engine/script/rewrite.lua"))
  local text = file:read("a")
  file:close()
  local first, last = text:find(old, 1, true)
  assert(first, "not in rewrite.lua: " .. old)
  return assert(load(text:sub(1, first - 1) .. new .. text:sub(last + 1)))()
end

describe("rewritten asserts", function()
  it("change nothing that a program can see, and tell the right sides", function()
    local difference, counts = fuzz(rewrite, COUNT)
    assert.is_nil(difference)
    assert.is_true(counts.compiled > COUNT * 0.9)
    assert.is_true(counts.sites > COUNT * 2, "sites: " .. counts.sites)
    assert.is_true(counts.notes > COUNT * 8, "notes: " .. counts.notes)
    assert.is_true(counts.exact > COUNT / 5, "exact: " .. counts.exact)
  end)

  for name, change in pairs({
    ["moved the operator's line"] = {
      "edit(cx.tokens[call.op].first, \"))\")", "edit(cx.tokens[call.op - 1].last + 1, \"))\")" },
    ["moved the line of the comparison"] = {
      "edit(last.last + 1, \"))\")",
      "edit(cx.tokens[call.comma or call.close].first, \"))\")" },
    ["read a local too early"] = { "and not may_change(cx, call)", "" },
    ["took one assert of a line for another"] = { "on_line[line] == chosen_on[line]", "true" },
    ["forgot nesting"] = { "call.depth = #around", "call.depth = 0" },
    ["split `and`"] = { "what == \"and\" or what == \"or\" then", "false then" },
    ["split the first of several comparisons"] = {
      "elseif COMPARISONS[what] then", "elseif COMPARISONS[what] and not call.op then" },
    ["took a function's body for a part of the side"] = { "[\"function\"] = true, [\"do\"]",
      "[\"do\"]" },
  }) do
    it("would be seen if the rewriting " .. name, function()
      assert.is_string((fuzz(mutant(change[1], change[2]), 10 * COUNT)))
    end)
  end

  it("leave every other function of real programs as it is", function()
    local files, functions, sites = 0, 0, 0
    for _, path in ipairs(chunks.find({
      root .. "/lua", root .. "/stdlib", root .. "/tests", root .. "/tools", root .. "/bench",
      "/usr/share/lua",
    })) do
      local compared, found, difference = chunks.check(path, rewrite)
      assert.is_nil(difference, path .. ": " .. tostring(difference))
      files = files + (compared and 1 or 0)
      functions = functions + (compared or 0)
      sites = sites + found
    end
    assert.is_true(files > 100, "files: " .. files)
    assert.is_true(functions > 1000, "functions: " .. functions)
    assert.is_true(sites > 20, "sites: " .. sites)
  end)
end)
