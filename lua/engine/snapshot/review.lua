--- The review of pending snapshots at a terminal: one after the other, a key for each.
---@class engine.snapshot.review
local core = require("core.task")
local fs = require("core.fs")
local keys = require("core.keys")
local quote = require("engine.run.shell_word").quote
local store = require("engine.snapshot.store")
local term = require("core.term")
local view = require("engine.snapshot.view")

local M = {}

local CLEAR = "\27[2J\27[H"

M.WAYS = [[
without a terminal:
  clnrm snapshots list            what is pending
  clnrm snapshots accept          all of it
  clnrm snapshots accept PATH     of a folder, a test file, or one
  clnrm snapshots reject [PATH]   removes what is pending
  … --only GLOB                   those whose path, test or name matches]]

--- Whether there is somebody to ask.
---@param cx engine.cli.Context
---@return boolean
---@nodiscard
function M.can_ask(cx)
  return term.is_tty(0) and cx.out.is_tty and not cx.opts["no-input"]
    and (os.getenv("TERM") or "dumb") ~= "dumb"
end

--- Says that there is nobody to ask, and what to do instead.
---@param cx engine.cli.Context
---@param what string "--review"
function M.refuse(cx, what)
  cx:error(("%s asks, and there is no terminal to ask at"):format(what))
  cx.err:write(M.WAYS .. "\n")
end

--- Reads a variable; an empty one is none.
local function set(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

--- Gives the terminal to the user's editor.
local function edit(review, file, at)
  local editor = set("VISUAL") or set("EDITOR") or "vi"
  review.keys:release()
  term.restore()
  local ok = os.execute(("%s %s%s"):format(editor, at and ("+%d "):format(at) or "", quote(file)))
  review.keys:grab()
  return ok
end

--- Reads the pending file again after it was edited.
local function reread(one)
  local root, err = store.open(one.root)
  local pending
  if root then
    pending, err = store.read(root, one.path .. ".new")
    root:close()
  end
  return pending, err
end

local acts = {}

--- Notes that a pending snapshot is another one than was shown: somebody has run the test again.
--- What nobody has looked at is neither accepted nor rejected.
local function is_another(review, one)
  local now = reread(one)
  if not now or now.text == one.pending.text and now.of == one.pending.of then
    return false -- when it is gone, or broken, the decision says so
  end
  one.pending = now
  review.view.note = "it was written anew meanwhile: this is what it is now"
  return true
end

local function decide(verb)
  return function(review, one)
    if is_another(review, one) then
      return
    elseif review.decide(review.asking, one, verb) then
      review.counts[verb] = review.counts[verb] + 1
    else
      review.counts.failed = review.counts.failed + 1
    end
    review.at = review.at + 1
  end
end

acts.a, acts.r = decide("accept"), decide("reject")

function acts.s(review)
  review.counts.skip = review.counts.skip + 1
  review.at = review.at + 1
end

local function toggle(field)
  return function(review)
    review.view[field] = not review.view[field]
  end
end

acts.i, acts.d, acts.w = toggle("is_info"), toggle("is_diff"), toggle("is_words")

function acts.e(review, one)
  local ok = edit(review, one.file .. ".new")
  local pending, err = reread(one)
  if pending then
    one.pending = pending
    review.view.note = ok and "this is what would be accepted now" or "the editor failed"
  else
    review.view.note = "it cannot be used as it is now: " .. err.message
  end
end

function acts.o(review, one)
  if not fs.exists(one.source) then
    review.view.note = "the test file is not there any more"
  elseif not edit(review, one.source, one.pending.line) then
    review.view.note = "the editor failed"
  end
end

function acts.q(review)
  review.is_over = true
end

local function for_all(name)
  return function(review)
    local before
    repeat
      before = review.at
      if review.list[before] then
        acts[name](review, review.list[before])
      end
    until review.at == before
  end
end

acts.A, acts.R, acts.S = for_all("a"), for_all("r"), for_all("s")
acts["\r"], acts["\n"], acts[" "], acts["\27"] = acts.a, acts.a, acts.s, acts.r

--- Takes what was pressed.  An escape alone is the key; with more behind it, it is an arrow or
--- such, which means nothing here.
local function press(review, bytes)
  if bytes:sub(1, 1) == "\27" and #bytes > 1 then
    return
  end
  for key in bytes:gmatch("[%z\1-\255]") do
    local one, act = review.list[review.at], acts[key]
    if not one or review.is_over then
      return
    elseif act then
      review.view.note = nil
      act(review, one)
    end
  end
end

local function paint(review)
  local one = review.list[review.at]
  review.view.index, review.view.rows = review.at, term.rows(1)
  review.cx.out.width = term.width(1)
  review.cx.out:write(CLEAR .. view.render(review.cx.out, one, review.view))
end

--- Keeps the program alive: waiting for keys alone does not.
local function stay()
  while core.sleep(1000) do -- luacheck: ignore 542
  end
end

local function loop(review)
  term.guard()
  local staying = core.spawn(stay)
  local handle <close> = assert(keys.open(0))
  review.keys = handle
  if not handle:grab() then
    review.is_over = true
  end
  while review.list[review.at] and not review.is_over do
    paint(review)
    local bytes = handle:next()
    if not bytes then
      break -- the terminal is gone
    end
    press(review, bytes)
  end
  handle:release()
  staying:cancel()
  term.restore()
end

--- Names a file as seen from the working directory.
local function shorten(path)
  local cwd = fs.getcwd()
  local prefix = cwd and cwd .. "/"
  return prefix and path:sub(1, #prefix) == prefix and path:sub(#prefix + 1) or path
end

--- Asks about each pending snapshot.
---@async
---@param cx engine.cli.Context
---@param found engine.snapshot.Found[]
---@param decide_one fun(cx: engine.cli.Context, one: engine.snapshot.Found, verb: string): boolean
---@return table<string, integer> counts accept, reject, skip, failed
function M.run(cx, found, decide_one)
  local list = {}
  for _, one in ipairs(found) do
    if one.pending then
      one.source_shown = shorten(one.source)
      list[#list + 1] = one
    end
  end
  local problems = {} -- told at the end: the next one would be painted over them
  local asking = setmetatable({
    error = function(_, ...)
      problems[#problems + 1] = table.pack(...)
    end,
  }, { __index = cx })
  local review = {
    cx = cx,
    asking = asking,
    decide = decide_one,
    list = list,
    at = 1,
    counts = { accept = 0, reject = 0, skip = 0, failed = 0 },
    view = { index = 1, total = #list, is_diff = true, rows = 0 },
  }
  if list[1] then
    loop(review)
    cx.out:write(CLEAR)
  end
  local left = #list - review.at + 1 + review.counts.skip
  local failed = review.counts.failed
  cx.out:write(("%d accepted, %d rejected, %d still pending%s\n"):format(review.counts.accept,
    review.counts.reject, left, failed > 0 and (", %d failed"):format(failed) or ""))
  for _, problem in ipairs(problems) do
    cx:error(table.unpack(problem, 1, problem.n))
  end
  return review.counts
end

return M
