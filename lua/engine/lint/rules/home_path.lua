--- Lint rule L101: a path that only one machine has.
--- Finds a path below a home, but for that of the room's own user.
local function home_in(text)
  if not text:find("/home/", 1, true) and not text:find("/Users/", 1, true) then
    return nil -- a quick look: most texts have none
  end
  local path = text:match("%f[%w/](/home/[%w._-]+/[%w._/-]+)")
    or text:match("%f[%w/](/Users/[%w._-]+/[%w._/-]+)")
  return path and not path:find("^/home/room/") and path or nil
end

local function judge(key)
  return function(cx, node)
    local value = node[key]
    local is_list = type(value) == "table"
    for i = 1, is_list and #value or 1 do
      local text = value
      if is_list then
        text = value[i]
      end
      local path = type(text) == "string" and home_in(text)
      if path then
        cx:report({
          place = is_list and cx:item(value, i) or cx:value(node, key),
          message = ("%s is a path of one machine"):format(path),
          help = "the project is at /project, what the test makes in /room",
        })
        return
      end
    end
  end
end

return {
  code = "L101",
  name = "home-path",
  severity = "warning",
  needs = { words = { "/home/", "/users/" } },
  docs = {
    summary = "A path in somebody's home",
    why = [[
A path below `/home` or `/Users` is there on one machine only; in a room it is not even there on
that one. The project is at `/project`, what a test makes is in `/room`.]],
    bad = [==[
[[steps]]
name = "run"
command = ["/home/ada/app/run.sh"]
]==],
    good = [==[
[[steps]]
name = "run"
command = ["/project/run.sh"]
]==],
  },
  tests = {
    ok = { '[[steps]]\nname = "a"\ncommand = "ls -A /home /home/room /home/room/x"\n' },
    bad = {
      { code = '[[steps]]\nname = "a"\ncommand = "cd /home/me/app && ls"\n', at = { 4, 11 } },
      { code = '[[steps]]\nname = "a"\ncommand = "/Users/me/bin/x"\n', at = { 4, 11 } },
    },
  },
  visit = {
    step = judge("command"),
    service = judge("command"),
    scenario = judge("run"),
  },
}
