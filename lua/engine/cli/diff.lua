--- clnrm diff: two runs, snapshots, files of spans, or files, compared by what they say.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Compares two runs, snapshots, test files or files of spans.",
  usage = "clnrm diff [options] A [B]",
  examples = {
    { "clnrm diff latest~1 latest", "the last run with the one before it" },
    { "clnrm diff b0b3", "an older run with the last one" },
    { "clnrm diff spans.json other.ndjson -f json", "two files of OTLP's JSON, as data" },
    { "clnrm diff old.clnrm.toml new.clnrm.toml", "two test files: keys and values, not lines" },
    { "clnrm diff snapshots/a/b/c.snap", "a snapshot with the pending one beside it" },
  },
  text = [[
A and B are runs (the beginning of an id, latest, latest~1; or a file that `clnrm runs export` or
`clnrm run -f events` wrote), snapshots, files of spans (OTLP's JSON, also a message or a span on
each line), files of TOML, or other texts; - is standard input.  What a file is, is seen in it.
Both must be of one kind.  Without B, a run is compared with the last one, and a snapshot with the
pending one.

Of runs and spans, ids, times, ports and pids are not compared, and how many differ is told.  A time
that is longer or shorter is told and decides nothing.

With -q nothing is written when nothing differs; -v shows also the fields of what is on one side.
Exit codes: 0 nothing differs, 1 something does, 2 it could not be compared.
]],
  formats = { "tree", "side-by-side", "json", "md" },
  exits = { 0, 1, 2, 6, 141 },
}

--- Names what A is compared with when there is no B.
local function other_of(word)
  if word:find("%.snap$") then
    return word .. ".new"
  elseif word:find("^%x+$") or word:find("^latest~%d+$") then
    return "latest"
  end
end

--- Says that the snapshot that stands alone has nothing beside it.
local function nothing_pending(word)
  local fs = require("core.fs")
  if not word:find("%.snap$") or fs.lstat(word .. ".new") then
    return nil
  elseif fs.lstat(word) then
    return ("%s has no pending one beside it to compare with"):format(word),
      "a run writes it when the output is another: `clnrm snapshots` lists what is pending"
  end
end

--- Reads both sides; says what is wrong with either.
local function read(cx, words)
  local input = require("engine.diff.input")
  local sources = {
    run = function(wanted)
      return require("engine.cli.runs").look(cx, wanted)
    end,
    stdin = function()
      return io.read(input.BYTES_MAX + 1) or ""
    end,
  }
  local sides = {}
  for i, word in ipairs(words) do
    local problem
    sides[i], problem = input.read(word, sources)
    if not sides[i] then
      if problem.message then
        cx:error(problem.message, problem.help)
      end
      return nil, nil, problem.code or exit_codes.INPUT
    end
  end
  return sides[1], sides[2]
end

local function note(cx, ...)
  for _, list in ipairs({ ... }) do
    for _, text in ipairs(list) do
      cx.err:write(("note: %s\n"):format(cx:safe(text)))
    end
  end
end

local function write(cx, told)
  local name = cx.format == "human" and "tree" or cx.format
  local view = require("engine.diff.view." .. name:gsub("%-", "_"))
  local text = view.render(cx.out, told)
  cx.out:write(name == "json" and text or require("engine.ui.show").inert(text))
end

--- Refuses a review that nobody can be asked in.
local function check_review(cx)
  local review = cx.opts.review and require("engine.snapshot.review")
  if review and not (review.can_ask(cx) and cx.format == "human") then
    review.refuse(cx, "--review")
    return exit_codes.INPUT
  end
end

--- Says why there is nothing to review of what is compared.
local function no_review(kind, words, b)
  if kind == "run" then
    return not b.info and ("--review asks about what a recorded run has left, and %s is a file")
      :format(b.shown)
  elseif kind ~= "snapshot" then
    return "--review is of runs and of snapshots"
  end
  return words[2] ~= words[1] .. ".new"
    and ("--review asks about the pending one: clnrm diff %s --review"):format(words[1])
end

--- Asks about the snapshots that B has left pending, or about B.
local function review(cx, kind, words, b)
  local snapshots = require("engine.cli.snapshots")
  if kind == "run" then
    if not snapshots.review_run(cx, b.info.project, b.info.id) then
      cx.out:write(("run %s has left no pending snapshot\n"):format(b.info.id))
    end
    return
  end
  local found = snapshots.find(cx, { words[1] })
  if found and found[1] and found[1].pending then
    require("engine.snapshot.review").run(cx, found, snapshots.decide)
  end
end

--- Reads --ignore, however often it is there.
local function ignored_of(cx)
  local words = {}
  for _, list in ipairs(cx.opts.ignore or {}) do
    table.move(list, 1, #list, #words + 1, words)
  end
  return require("engine.diff.ignore").compile(words)
end

--- Settles what is compared with what.
local function words_of(cx)
  local a, b = cx.args[1], cx.args[2]
  if not a or #cx.args > 2 then
    return nil, "diff takes two of a kind: runs, snapshots, files of spans, or files"
  elseif not b then
    b = other_of(a)
    if not b then
      return nil, ("diff needs something to compare %s with"):format(a)
    end
  elseif a == "-" and b == "-" then
    return nil, "standard input can be one side alone"
  elseif (a == "-" or b == "-") and require("core.term").is_tty(0) then
    return nil, "- is standard input, and that is a terminal: give it a file or a pipe"
  end
  return { a, b }
end

function M.run(cx)
  if cx.opts.all and cx.opts["only-changes"] then
    return cx:usage_error("--all and --only-changes exclude each other",
      "--only-changes hides what is the same, as diff does without either")
  end
  local words, why = words_of(cx)
  if not words then
    return cx:usage_error(why)
  end
  local ignored
  ignored, why = ignored_of(cx)
  if not ignored then
    return cx:usage_error("--ignore: " .. why)
  end
  local refused = check_review(cx)
  if refused then
    return refused
  end
  local lone, help = nothing_pending(not cx.args[2] and words[1] or "")
  if lone then
    cx:error(lone, help)
    return exit_codes.INPUT
  end
  local a, b, failure = read(cx, words)
  if not b then
    return failure
  end
  local input = require("engine.diff.input")
  local kind, odd = input.common(a, b)
  if not kind then
    cx:error(("%s is %s and %s is %s: two of a kind are compared"):format(a.shown,
      input.kind_name(a), b.shown, input.kind_name(b)))
    return exit_codes.INPUT
  end
  local unasked = cx.opts.review and no_review(kind, words, b)
  if unasked then
    return cx:usage_error(unasked)
  elseif not cx.opts.quiet then
    note(cx, { odd }, a.notes, b.notes)
  end
  local left_out, needless = input.seal(a, b, cx.opts.exact or false, ignored,
    cx.opts.all or false)
  for _, text in ipairs(not cx.opts.quiet and needless or {}) do
    cx.err:write(("warning: %s\n"):format(cx:safe(text)))
  end
  local result = require("engine.diff.compare").compare(a.root, b.root, {
    across = kind ~= "run",
    is_whole = cx.opts.all or false,
    same = a.same,
  })
  local is_silent = cx.opts.quiet and result.is_same and cx.format ~= "json"
  local told = {
    kind = kind,
    a = a,
    b = b,
    result = result,
    left_out = left_out,
    all = cx.opts.all or false,
    shows_fields = kind == "toml" or cx.opts.verbose ~= nil,
  }
  if not is_silent then
    write(cx, told)
  end
  if cx.opts.review then
    review(cx, kind, words, b)
  end
  return result.is_same and exit_codes.OK or exit_codes.NO
end

return M
