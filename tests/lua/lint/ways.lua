--- Lint of a text with the checker and, where the text fits, without it: both ways tell the same.
local documents = require("tests.lua.model.fits_documents")
local fits = require("engine.model.fits")
local json = require("core.json")
local lint = require("engine.lint")
local texts = require("tests.lua.lint.texts")

local M = {}

M.OPTS = { file = "a.clnrm.toml", project_dir = "/nowhere",
  determinism = { seed = 1, freeze_ms = 0 } }
M.PATH = "/nowhere/a.clnrm.toml"
M.NO_LIGHT = { "L014", "L402", "L607" } -- these ask the checker about each step
M.EACH = assert(lint.new({}))
M.counts = { looked = 0, light = 0 } -- texts that were checked, and those that were not

local ALL = assert(lint.new({ select = { "ALL" }, ignore = M.NO_LIGHT }))

--- All of a result; names of cells may hold addresses, which are others each time.
local function told(result)
  return (json.encode({ result.list, result.suppressed, result.is_broken, result.is_read,
    result.is_known }):gsub("core%.%a+: 0x%x+[~%x]*", "core"))
end

--- Counts the texts that a linter shows to the checker.
function M.watch(linter)
  local look = linter.look
  function linter.look(...)
    M.counts.looked = M.counts.looked + 1
    return look(...)
  end
end

M.watch(M.EACH)
M.watch(ALL)

--- Lets all rules that are on look at every text, whatever they need.
function M.blind(linter)
  linter.needed = {
    of = function()
      local awake = {}
      for _, rule in ipairs(linter.rules) do
        awake[rule] = true
      end
      return awake
    end,
  }
  return linter
end

local BLIND = M.blind(assert(lint.new({ select = { "ALL" }, ignore = M.NO_LIGHT })))

--- Holds both ways against each other, with the rules that are on and with all; and these against
--- what they tell where none of them is left out.
function M.compare(text)
  for _, linter in ipairs({ M.EACH, ALL }) do
    local before = M.counts.looked
    local got = told(linter:text(text, M.PATH, M.OPTS))
    M.counts.light = M.counts.light + (M.counts.looked == before and 1 or 0)
    local long = getmetatable(linter).__index.look(linter, text, M.PATH, M.OPTS)
    if told(long) ~= got then
      error(("%s\nwith the checker: %s\nwithout: %s"):format(text, told(long), got))
    end
    local blind = linter == ALL and told(BLIND:look(text, M.PATH, M.OPTS)) or got
    if blind ~= got then
      error(("%s\nall rules: %s\nby needs: %s"):format(text, blind, got))
    end
  end
end

--- Compares files made from the schema.
function M.generated(count)
  local base = os.time() * 100000
  for i = 1, count do
    M.compare(documents.document(base + i))
  end
end

--- Compares files that fit after a line or two of them was changed.
function M.mutated(count)
  math.randomseed(os.time())
  local fit = {}
  for _, text in ipairs(texts.toml()) do
    fit[#fit + 1] = fits.text(text) and text
  end
  assert(#fit > 100, #fit)
  local mutated = texts.mutator(fit)
  for _ = 1, count do
    M.compare(mutated())
  end
end

return M
