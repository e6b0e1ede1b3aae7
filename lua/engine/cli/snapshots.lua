--- clnrm snapshots: what is stored and what is pending; to be reviewed, accepted, rejected.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Lists, reviews, accepts or rejects snapshots.",
  usage = "clnrm snapshots list|review|accept|reject [--only GLOB] [PATH ...]",
  examples = {
    { "clnrm snapshots", "what is pending and what is stored, below the working directory" },
    { "clnrm snapshots review", "one after the other, with keys" },
    { "clnrm snapshots accept tests", "all that are pending below tests" },
    { "clnrm snapshots reject --only '*stdout*'", "those whose path or name matches" },
  },
  text = "A pending snapshot is a file *.snap.new, which a run wrote beside the stored one\n"
    .. "because what it saw was another, or because nothing was stored.  PATH is a folder,\n"
    .. "a test file, or a snapshot.  What is stored belongs into the version control.\n",
  formats = { "json" },
  exits = { 0, 1, 2, 6 },
}

local VERBS = { "list", "review", "accept", "reject" }

local function is_verb(word)
  for _, verb in ipairs(VERBS) do
    if verb == word then
      return true
    end
  end
end

local function parent(path)
  return path:match("^(.*)/[^/]*$") or "."
end

local function is_below(path, folder)
  return folder == "/" or path:sub(1, #folder + 1) == folder .. "/"
end

--- Whether a snapshot is what a path names: itself, its pending file, or its test file.
local function is_named(found, real)
  return found.file == real or found.file .. ".new" == real or found.source == real
    or real == "/" or found.file:sub(1, #real + 1) == real .. "/"
end

--- Resolves a path; of a stored snapshot that is not there yet, its folder.
local function real_path(path)
  local fs = require("core.fs")
  local real = fs.realpath(path)
  if real or not path:match("%.snap$") then
    return real
  end
  local folder = fs.realpath(parent(path))
  return folder and folder .. "/" .. path:match("[^/]*$")
end

--- Finds what one path names.
local function find_path(cx, path, list, seen)
  local find, fs = require("engine.snapshot.find"), require("core.fs")
  local real = real_path(path)
  if not real then
    cx:error(("no such file or directory: %s"):format(path))
    return exit_codes.INPUT
  end
  local stat = fs.stat(real)
  local base = (real .. "/"):match("^(.*)/snapshots/") or real
  if base == real and not (stat and stat.type == "directory") then
    base = parent(real)
  end
  local found, is_cut, unreadable = find.below(base == "" and "/" or base, fs.getcwd())
  for _, one in ipairs(found) do
    if is_named(one, real) and not seen[one.file] then
      seen[one.file], list[#list + 1] = true, one
    end
  end
  for _, folder in ipairs(unreadable) do
    if folder == real or is_below(folder, real) or (folder .. "/"):find("/snapshots/", 1, true) then
      cx:error(("%s cannot be read, and may hold snapshots"):format(folder))
      return exit_codes.INPUT
    end
  end
  if is_cut then
    cx:error(("%s holds too much to look at all of it"):format(path), "name a folder further down")
    return exit_codes.INPUT
  end
end

--- Keeps what a glob matches: the path, or the name.
local function apply_only(cx, list)
  if not cx.opts.only then
    return list
  end
  local glob, err = require("core.text").glob(cx.opts.only)
  if not glob then
    cx:error(("--only: %s"):format(err.message))
    return nil
  end
  local kept = {}
  for _, one in ipairs(list) do
    local about = one.pending or one.stored or {}
    if glob:test(one.shown) or glob:test(about.name or "") or glob:test(about.test or "") then
      kept[#kept + 1] = one
    end
  end
  return kept
end

--- Finds the snapshots that the command line names.
---@param cx engine.cli.Context
---@param paths string[]
---@return engine.snapshot.Found[]?
function M.find(cx, paths)
  local list, seen = {}, {}
  for _, path in ipairs(#paths > 0 and paths or { "." }) do
    if find_path(cx, path, list, seen) then
      return nil
    end
  end
  return apply_only(cx, list)
end

local function state_of(one)
  if one.problem then
    return "broken"
  elseif one.pending then
    return one.stored and "differs" or "new"
  end
  return "stored"
end

local function as_json(cx, list)
  local json = require("core.json")
  local out = json.array()
  for i, one in ipairs(list) do
    local about = one.pending or one.stored or {}
    out[i] = {
      path = one.shown,
      state = one.done or state_of(one),
      test = about.test,
      name = about.name,
      file = about.file,
      of = about.of,
      line = one.pending and one.pending.line,
      run = one.pending and one.pending.run,
      problem = one.problem,
    }
  end
  local document = { schema = "clnrm.snapshots/1", snapshots = out }
  cx.out:write(assert(json.encode(document, { invalid = "replace" })) .. "\n")
end

local COLORS = {
  new = "yellow bold", differs = "yellow bold", broken = "red bold", accepted = "green bold",
  rejected = "yellow bold", stored = "dim",
}

local function tell(cx, one, word)
  local line, show = require("engine.ui.line"), require("engine.ui.show")
  local about = one.pending or one.stored or {}
  local what = about.test and (" (%s: %s)"):format(about.test, about.name or "?") or ""
  if word == "broken" then
    what = " (" .. one.problem .. ")"
  end
  cx.out:write(line.format(cx.out, word, COLORS[word], nil, show.safe(cx.out, one.shown .. what)))
end

local function list(cx, found)
  local words, pending, broken = require("engine.report.words"), 0, 0
  if cx.format == "json" then
    as_json(cx, found)
    return exit_codes.OK
  end
  for _, one in ipairs(found) do
    local state = state_of(one)
    pending = pending + (one.pending and 1 or 0)
    broken = broken + (one.problem and 1 or 0)
    if state ~= "stored" or not cx.opts.quiet then
      tell(cx, one, state)
    end
  end
  cx.out:write(("%s, %d pending%s\n"):format(words.count(#found, "snapshot"), pending,
    broken > 0 and (", %d that cannot be used"):format(broken) or ""))
  return exit_codes.OK
end

--- Accepts or rejects one snapshot.
---@param cx engine.cli.Context
---@param one engine.snapshot.Found
---@param verb "accept"|"reject"
---@param text? string instead of the pending one's
---@return boolean ok
function M.decide(cx, one, verb, text)
  local store = require("engine.snapshot.store")
  local root, err = store.open(one.root)
  local ok
  if root then
    ok, err = store[verb](root, one.path, text)
    root:close()
  end
  if not ok then
    cx:error(("%s: %s"):format(one.shown, err.message))
    return false
  end
  one.done = verb .. "ed"
  return true
end

local function decide_all(cx, found, verb)
  local count, code = 0, exit_codes.OK
  for _, one in ipairs(found) do
    if one.pending then
      if M.decide(cx, one, verb) then
        count = count + 1
        if cx.format ~= "json" and not cx.opts.quiet then
          tell(cx, one, one.done)
        end
      else
        code = exit_codes.worst(code, exit_codes.ENVIRONMENT)
      end
    elseif one.problem then
      code = exit_codes.worst(code, exit_codes.INPUT)
      cx:error(("%s: %s"):format(one.shown, one.problem))
    end
  end
  if cx.format == "json" then
    as_json(cx, found)
  elseif count == 0 and code == exit_codes.OK then
    cx.out:write("no pending snapshot\n")
  end
  return code
end

--- Shows the snapshots that a run has left pending, one after the other.
---@async
---@param cx engine.cli.Context
---@param project_dir string
---@param run_id string
---@return boolean was_any
function M.review_run(cx, project_dir, run_id)
  local found = {}
  for _, one in ipairs(require("engine.snapshot.find").below(project_dir,
      require("core.fs").getcwd())) do
    found[#found + 1] = one.pending and one.pending.run == run_id and one or nil
  end
  if found[1] then
    require("engine.snapshot.review").run(cx, found, M.decide)
  end
  return found[1] ~= nil
end

local function review(cx, found)
  local reviews, pending = require("engine.snapshot.review"), false
  for _, one in ipairs(found) do
    pending = pending or one.pending ~= nil
  end
  if not pending then
    cx.out:write("no pending snapshot\n")
    return exit_codes.OK
  elseif not reviews.can_ask(cx) then
    reviews.refuse(cx, "clnrm snapshots review")
    return exit_codes.INPUT
  end
  local counts = reviews.run(cx, found, M.decide)
  return counts.failed > 0 and exit_codes.ENVIRONMENT or exit_codes.OK
end

function M.run(cx)
  local paths = table.move(cx.args, 2, #cx.args, 1, {})
  local verb = cx.args[1] or "list"
  if not is_verb(verb) then
    local near = require("engine.suggest").nearest(verb, VERBS)
    return cx:usage_error(("snapshots wants one of list, review, accept, reject, not '%s'"):format(
      verb), near and ("did you mean %s?"):format(near))
  end
  local found = M.find(cx, paths)
  if not found then
    return exit_codes.INPUT
  elseif cx.opts.unreferenced and verb ~= "list" then
    return cx:usage_error("--unreferenced goes with `clnrm snapshots list`")
  end
  local refused = cx.opts.unreferenced and require("engine.cli.unreferenced").refused(cx)
  if refused then
    return refused
  elseif verb == "list" then
    list(cx, found)
    return cx.opts.unreferenced and require("engine.cli.unreferenced").list(cx) or exit_codes.OK
  elseif verb == "review" then
    return review(cx, found)
  end
  return decide_all(cx, found, verb)
end

return M
