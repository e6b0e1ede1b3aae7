--- Lint rule L022: a service that can change the project.
local function of(volume)
  local value = type(volume) == "table" and (volume.value or volume)
  if not value then
    return nil
  end
  local host = value.host_path or value.source or value[1]
  return type(host) == "string" and host, not value.read_only
end

local function is_whole(host)
  local path = host and (host:match("^.*[^/]") or "")
  return path == "." or path == ".git" or path == "./.git"
end

--- Makes a volume written as text read-only.
local function read_only(cx, place)
  local text = cx:source(place)
  local quote = text:sub(-1)
  if (quote == '"' or quote == "'") and text:find("^.[^:]+:[^:]+.$") then
    return cx:replace(place, text:sub(1, -2) .. ":ro" .. quote)
  end
end

return {
  code = "L022",
  name = "writable-project",
  severity = "warning",
  fix = "unsafe",
  needs = { words = { "volumes" }, facts = { "service.volumes" } },
  docs = {
    summary = "A service can write to the whole project",
    why = [[
The volume is the project itself, or what git keeps of it, and the service may write there: a test
can change what it tests, and leave something for the next run.]],
    bad = [==[
[services.web]
command = ["sleep", "60"]
volumes = [".:/srv"]
[[steps]]
name = "ask"
command = ["ls"]
]==],
    good = [==[
[services.web]
command = ["sleep", "60"]
volumes = [".:/srv:ro"]
[[steps]]
name = "ask"
command = ["ls"]
]==],
  },
  tests = {
    ok = { '[services.a]\ncommand = ["sleep", "9"]\nvolumes = ["./data:/data"]\n' },
    bad = {
      {
        code = '[services.a]\ncommand = ["sleep", "9"]\nvolumes = ["./:/srv"]\n',
        at = { 4, 12 },
        fixed = '[services.a]\ncommand = ["sleep", "9"]\nvolumes = ["./:/srv:ro"]\n',
      },
    },
  },
  visit = {
    service = function(cx, service)
      local list = service.checked.value.volumes or {}
      for i, volume in ipairs(list) do
        local host, writable = of(volume)
        if writable and is_whole(host) then
          local place = cx:item(list.t, list.k or i)
          cx:report({
            place = place,
            message = ("the service can change %s"):format(
              host:find("git") and "the repository" or "the whole project"),
            help = "mount it read-only, or only the folder that is written to",
            fix = read_only(cx, place),
          })
        end
      end
    end,
  },
}
