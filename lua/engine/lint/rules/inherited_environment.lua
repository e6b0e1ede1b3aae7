--- Lint rule L103: what a test takes over from whoever runs it.
local OF_A_PERSON = {}
for name in ("HOME PATH USER LOGNAME PWD OLDPWD SHELL HOSTNAME TMPDIR EDITOR"):gmatch("%u+") do
  OF_A_PERSON[name] = true
end

return {
  code = "L103",
  name = "inherited-environment",
  severity = "warning",
  needs = { words = { "inherit_env" }, facts = { "room.inherit_env" } },
  docs = {
    summary = "A variable that says something else on each machine",
    why = [[
`HOME`, `PATH`, `USER` and their likes are of the person and the machine that run the test. A test
that takes them over passes for one and fails for another.]],
    bad = [==[
[room]
inherit_env = ["HOME"]
[[steps]]
name = "list"
command = ["ls"]
]==],
    good = [==[
[room]
env = { HOME = "/room" }
[[steps]]
name = "list"
command = ["ls"]
]==],
  },
  tests = {
    ok = { '[room]\ninherit_env = ["API_URL"]\n' },
    bad = { { code = '[room]\ninherit_env = ["A", "PATH"]\n', at = { 3, 21 } } },
  },
  visit = {
    room = function(cx, room)
      local list = room.inherit_env
      for i, name in ipairs(type(list) == "table" and list or { list }) do
        if OF_A_PERSON[name] then
          cx:report({
            place = type(list) == "table" and cx:item(list, i) or cx:value(room, "inherit_env"),
            message = ("`%s` is another one on each machine"):format(name),
            help = "give it a value of its own in [room] env",
          })
        end
      end
    end,
  },
}
