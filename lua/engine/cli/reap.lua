--- clnrm reap: ends the rooms that `run --keep` left, and what killed runs left in engines.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Ends kept rooms, and removes what runs left in Docker and Podman.",
  usage = "clnrm reap [--dry-run]",
  examples = {
    { "clnrm reap --dry-run", "only say which there are" },
    { "clnrm reap", "end them now; by themselves kept rooms end after an hour" },
  },
  text = [[
In an engine, only what this user's clnrm made on this machine is removed, and only when that clnrm
has ended. What else has a label of clnrm, and whose owner cannot be told to have ended, is told of
with the command that removes it.]],
  exits = { 0, 2, 6 },
}

local function line(cx, word, note)
  local left = math.max(0, note.until_s - os.time()) // 60
  return ("%12s %s  (run %s, process %d, %d min left)\n"):format(word,
    cx:safe(note.scenario, cx.out), cx:safe(note.run, cx.out), note.pid, left)
end

function M.run(cx)
  local refused = cx:check_args(0)
  if refused then
    return refused
  end
  local kept = require("engine.kept")
  local notes, failed = kept.list(), false
  for _, note in ipairs(notes) do
    if cx.opts["dry-run"] then
      cx.out:write(line(cx, "kept", note))
    else
      local ok, err = kept.end_room(note)
      if ok then
        cx.out:write(line(cx, "ended", note))
      else
        failed = true
        cx:error(("room of process %d: %s"):format(note.pid, tostring(err)))
      end
    end
  end
  if #notes == 0 and not cx.opts.quiet then
    cx.out:write("no kept rooms\n")
  end
  failed = not require("engine.cli.reap_engines").run(cx) or failed
  return failed and exit_codes.ENVIRONMENT or exit_codes.OK
end

return M
