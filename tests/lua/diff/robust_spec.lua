--- What is broken in any way is read or refused, never raised; and what is read is itself.
local compare = require("engine.diff.compare")
local form = require("engine.snapshot.form")
local fs = require("core.fs")
local input = require("engine.diff.input")
local trees = dofile("tests/lua/diff/trees.lua")

local ROUNDS = 150

local SEEDS = {
  { "spans", "examples/diff/spans-before.json" },
  { "lines of spans", "examples/diff/spans-after.ndjson" },
  { "a run", "examples/diff/run-before.ndjson" },
  { "a test file", "examples/fmt/rough.toml" },
}

local PIECES = {
  "{", "}", "[", "]", '"', ",", ":", "\n", "\0", "\255", "-1", "1e99", "null", "[[x]]",
  '"traceId":', "clnrm snapshot 1\n", "\\u0000", "=", "'''",
}

--- Changes bytes: some are left out, doubled, or something else.
local function break_it(random, bytes)
  for _ = 1, random(4) do
    local at, length = random(#bytes), random(20)
    local kind = random(4)
    local middle = kind == 1 and "" or kind == 2 and bytes:sub(at, at + length):rep(2)
      or kind == 3 and PIECES[random(#PIECES)] or string.char(random(256) - 1)
    bytes = bytes:sub(1, at - 1) .. middle .. bytes:sub(at + length)
  end
  return bytes
end

local VIEWS = { "tree", "side_by_side", "json", "md" }

--- Compares what was read with itself and with another, in each form.
local function compare_both(bytes, other)
  local function read(text)
    local one = input.recognise(text, "f")
    if one then
      one.shown, one.known, one.notes = "f", one.known or {}, one.notes or {}
    end
    return one
  end
  local a, b, c = read(bytes), read(bytes), read(other)
  if not a then
    return false
  end
  local kind = assert(input.common(a, b))
  input.seal(a, b, false)
  assert.is_true(compare.compare(a.root, b.root, { across = kind ~= "run" }).is_same)
  a = read(bytes)
  kind = input.common(a, c)
  if kind then
    input.seal(a, c, false)
    local result = compare.compare(a.root, c.root, { across = kind ~= "run" })
    local told = { kind = kind, a = a, b = c, result = result, all = true, left_out = {} }
    told.shows_fields = true
    a.count, c.count = a.count or 0, c.count or 0
    for _, view in ipairs(VIEWS) do
      local text = require("engine.diff.view." .. view).render({ width = 60, fits = true }, told)
      assert.is_nil(text:find("[%z\1-\8\11-\31]"), view)
    end
  end
  return true
end

describe("clnrm diff", function()
  for _, seed in ipairs(SEEDS) do
    it("reads or refuses whatever becomes of " .. seed[1], function()
      local bytes = assert(fs.read(seed[2]))
      assert.is_true(compare_both(bytes, bytes))
      for round = 1, ROUNDS do
        compare_both(break_it(trees.random(round), bytes), bytes)
      end
    end)
  end

  it("reads or refuses whatever becomes of a snapshot", function()
    local bytes = form.print({
      file = "a", test = "t", name = "n", of = "text", text = "a\27b\n\0c",
    })
    for round = 1, ROUNDS do
      compare_both(break_it(trees.random(round), bytes), bytes)
    end
  end)
end)
