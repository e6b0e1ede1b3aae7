--- Lint rule L102: a step that needs the network of the world.
local commands = require("engine.lint.commands")

local INSTALLS = {
  "%f[%w]apt%s+install%f[%W]", "%f[%w]apk%s+add%f[%W]",
  "%f[%w]pip3?%s+install%f[%W]", "%f[%w]npm%s+install%f[%W]", "%f[%w]npm%s+ci%f[%W]",
  "%f[%w]git%s+clone%s+https?://", "%f[%w]docker%s+pull%f[%W]", "%f[%w]cargo%s+install%f[%W]",
}
local FETCHES = { "%f[%w]curl%f[%W]", "%f[%w]wget%f[%W]" }

--- A quick look: most commands install nothing.
local function has_install(text)
  return text:find("install", 1, true) or text:find(" ci", 1, true) or text:find(" add", 1, true)
    or text:find("clone", 1, true) or text:find(" pull", 1, true)
end

--- Hosts that a room has: itself, its services, and names that exist nowhere else.
local function is_inside(host, cx)
  local name = host:gsub(":%d+$", ""):lower()
  if name == "localhost" or name:find("^127%.") or name:find("^%[?::1") or not name:find("%.")
    or name:find("%.test$") or name:find("%.invalid$") or name:find("%.internal$")
    or name:find("%.local$") or name:find("%.localhost$") or name:find("^%d") then
    return true
  end
  for _, service in ipairs(cx.nodes.service or {}) do
    for _, alias in ipairs({ service.key, service.hostname }) do
      if alias == name then
        return true
      end
    end
  end
  return false
end

--- Finds `apt-get … install`.  Behind one `apt-get` the others of its row of words need no look.
local function apt_get(text)
  local at = 1
  while true do
    local first, words = text:match("%f[%w]()apt%-get%s+()", at)
    local stop = words and text:match("^[%w -]*()", words)
    local last = stop and text:sub(words, stop):match("^.*install%f[%W]")
    if not stop or last then
      return last and text:sub(first, words + #last - 1)
    end
    at = math.max(words, stop - #"apt-get")
  end
end

local function reaches(text, cx)
  local got = text:find("apt-get", 1, true) and text:find("install", 1, true) and apt_get(text)
  if got then
    return got
  end
  for _, pattern in ipairs(has_install(text) and INSTALLS or {}) do
    local found = text:match(pattern)
    if found then
      return found
    end
  end
  for _, pattern in ipairs(text:find("://", 1, true) and FETCHES or {}) do
    if text:find(pattern) then
      for host in text:gmatch("https?://([%w%[][%w.:%]-]*)") do
        if not is_inside(host, cx) then
          return host
        end
      end
    end
  end
end

local function judge(key)
  return function(cx, node)
    local owner = node.kind == "scenario" and node or node.owner
    local policy = owner.kind == "scenario" and owner.policy
    if type(policy) == "table" and policy.allowed_network_hosts or node.should_fail == true then
      return -- its network is what is tested
    end
    local command = commands.of(node)
    local text = command and (command.shell or table.concat(command.argv, " "))
    local what = text and reaches(text, cx)
    if what then
      cx:report({
        node = node,
        key = key,
        message = ("this needs the network: %s"):format(what),
        help = "a room has no way out; put what is needed into the project or the image",
      })
    end
  end
end

return {
  code = "L102",
  name = "network-in-step",
  severity = "warning",
  needs = { words = {
    { "apt", "apk", "pip", "npm", "git", "docker", "cargo", "curl", "wget" },
    { "install", "add", "ci", "clone", "pull", "://" },
  } },
  docs = {
    summary = "A step reaches for the network",
    why = [[
A room has no way out: the step fails, or, where a policy lets it out, its result hangs on what
others serve today. Put what it needs into the project or into the image.]],
    bad = [==[
[[steps]]
name = "fetch"
command = "curl -f https://example.com/data.json"
]==],
    good = [==[
[[steps]]
name = "fetch"
command = "cat /project/data.json"
]==],
  },
  tests = {
    ok = {
      '[[steps]]\nname = "a"\ncommand = "curl http://localhost:80/ http://db/"\n',
      '[[steps]]\nname = "a"\ncommand = "echo https://example.com/"\n',
      '[[scenario]]\nname = "a"\npolicy.allowed_network_hosts = ["example.com"]\n'
        .. 'run = "curl https://example.com"\n',
    },
    bad = {
      { code = '[[steps]]\nname = "a"\ncommand = ["pip", "install", "x"]\n', at = { 4, 11 } },
      { code = '[[scenario]]\nname = "a"\nrun = "wget -q http://example.org/x"\n', at = { 4, 7 } },
    },
  },
  visit = {
    step = judge("command"),
    scenario = judge("run"),
  },
}
