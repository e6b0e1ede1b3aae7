--- clnrm reap: ends the rooms that `run --keep` left, and what killed runs left in engines.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Ends kept rooms, and removes what runs left in Docker and Podman.",
  usage = "clnrm reap [--dry-run] [--others]",
  examples = {
    { "clnrm reap --dry-run", "only say which there are" },
    { "clnrm reap", "end them now; by themselves kept rooms end after an hour" },
    { "clnrm reap --others", "and those that a clnrm with another XDG_STATE_HOME keeps" },
  },
  text = [[
In an engine, only what this user's clnrm made on this machine is removed, and only when that clnrm
has ended. What else has a label of clnrm, and whose owner cannot be told to have ended, is told of
with the command that removes it. So is a room of an engine that is kept by another state directory
of this user, or that may be, because the journal there is gone; --others ends those too.]],
  exits = { 0, 2, 6 },
}

local function line(cx, word, note)
  local left = math.max(0, note.until_s - os.time()) // 60
  local what = note.pid and ("process %d"):format(note.pid) or note.backend
  return ("%12s %s  (run %s, %s, %d min left)\n"):format(word, cx:safe(note.scenario, cx.out),
    cx:safe(note.run, cx.out), what, left)
end

--- Takes the rooms: a restart of a service that is under way ends before its room does, and one
--- that comes then finds that the room is gone.
---@return { } # to be closed when they have ended
local function hold(notes)
  local held = {}
  for _, note in ipairs(notes) do
    held[#held + 1] = require("engine.kept.hold").take(note) -- nil: gone, or a restart that hangs
  end
  return setmetatable({}, { __close = function()
    for _, one in ipairs(held) do
      one:close()
    end
  end })
end

function M.run(cx)
  local refused = cx:check_args(0)
  if refused then
    return refused
  end
  local kept = require("engine.kept")
  local notes = kept.list() -- before the engines are asked: they may end some of them
  local _ <close> = hold(cx.opts["dry-run"] and {} or notes)
  local ok, has_told, others = require("engine.cli.reap_engines").run(cx)
  local failed = not ok
  for _, note in ipairs(notes) do
    if cx.opts["dry-run"] then
      cx.out:write(line(cx, "kept", note))
    elseif not others[note.room or false] then -- a session's notes may be of several of them
      local has_ended, err = kept.end_room(note)
      if has_ended then
        cx.out:write(line(cx, "ended", note))
      else
        failed = true
        cx:error(("the room of %s: %s"):format(note.scenario, tostring(err)))
      end
    end
  end
  if #notes == 0 and not has_told and not cx.opts.quiet then
    cx.out:write("no kept rooms\n")
  end
  return failed and exit_codes.ENVIRONMENT or exit_codes.OK
end

return M
