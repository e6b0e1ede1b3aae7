--- clnrm stubs: the types of the Lua API in a project, for its editor.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Writes the types of the Lua API for editors.",
  usage = "clnrm stubs [--check]",
  examples = {
    { "clnrm stubs", "write them, and .luarc.json where there is none" },
    { "clnrm stubs --check", "say whether those that are there are of this clnrm" },
  },
  text = [[
The Lua language server completes and checks tests in Lua by them.  They are written to
.clnrm/luals of the project, and named in its .luarc.json; one that is there is never changed.
Those that another clnrm wrote are replaced; `clnrm doctor` tells when they are such.
]],
  exits = { 0, 1, 2, 6 },
}

local DONE = { new = "created", stale = "updated", old = "removed", same = "kept" }
local DUE = { new = "missing", stale = "stale", old = "needless" }

--- Says what became of the files, or would: those that stay are counted.
local function tell(cx, files, words)
  local same = 0
  for _, file in ipairs(files) do
    local word = words[file.status]
    if file.status == "same" then
      same = same + 1
    elseif word and not cx.opts.quiet then
      cx.out:write(("  %-8s  %s\n"):format(word, cx:safe(file.path, cx.out)))
    end
  end
  if same > 0 and not cx.opts.quiet then
    cx.out:write(("  %-8s  %s as %s should be\n"):format("kept",
      require("engine.report.words").count(same, "file"), same == 1 and "it" or "they"))
  end
end

--- Says what a project's own settings lack.
local function tell_foreign(cx, files)
  local types = require("engine.editor_types")
  local last = files[#files]
  if last.status == "foreign" then
    cx.err:write(("note: %s is yours and does not name them: "
      .. "add \"%s\" to the library of its workspace\n"):format(last.path, types.DIR))
  end
end

local function fail(cx, err)
  cx:error(err.message)
  return exit_codes.ENVIRONMENT
end

function M.run(cx)
  local refused = cx:check_args(0)
  if refused then
    return refused
  elseif not cx:find_project() then
    return exit_codes.INPUT
  end
  local types = require("engine.editor_types")
  local root <close>, err = require("core.fs").open_root(cx.project.dir)
  if not root then
    return fail(cx, err)
  end
  local files
  files, err = types.look(root)
  if not files then
    return fail(cx, err)
  end
  local is_due = false
  for _, file in ipairs(files) do
    is_due = is_due or DUE[file.status] ~= nil
    err = not cx.opts.check and types.settle(root, file) or nil
    if err then
      return fail(cx, err)
    end
  end
  tell(cx, files, cx.opts.check and DUE or DONE)
  tell_foreign(cx, files)
  return cx.opts.check and is_due and exit_codes.NO or exit_codes.OK
end

return M
