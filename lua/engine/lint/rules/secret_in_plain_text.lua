--- Lint rule L023: a secret that everybody who sees the file can read.
-- Forms that services give to their keys.
local FORMS = {
  "^AKIA[0-9A-Z]+$", "^ASIA[0-9A-Z]+$", "^gh[pousr]_%w+$", "^github_pat_[%w_]+$",
  "^glpat%-[%w_-]+$", "^xox[abprs]%-[%w-]+$", "^sk_live_%w+$", "^sk%-%w[%w_-]+$",
  "^AIza[%w_-]+$", "^npm_%w+$",
}
local FORM_MIN = 20
local NAMES = { "PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_?KEY", "PRIVATE_?KEY", "ACCESS_?KEY" }

local function is_named(name)
  local upper = name:upper()
  for _, pattern in ipairs(NAMES) do
    if upper:find(pattern) then
      return true
    end
  end
  return false
end

--- Letters of both kinds or digits, mixed, and none of the words that stand for a value.
local function looks_random(value, min)
  local digits, letters = select(2, value:gsub("%d", "")), select(2, value:gsub("%a", ""))
  local lower = value:lower()
  for _, word in ipairs({ "test", "example", "dummy", "fake", "secret", "password", "changeme" }) do
    if lower:find(word, 1, true) then
      return false
    end
  end
  return #value >= min and digits >= 4 and letters >= 4 and not value:find("[%s/{$]")
end

local function why(name, value, options)
  if type(value) ~= "string" then
    return nil
  elseif #value < FORM_MIN and #value < options.min_length then
    return nil
  elseif value:find("%-%-%-%-%-BEGIN [%u ]*PRIVATE KEY") then
    return "a private key"
  end
  for _, form in ipairs(#value >= FORM_MIN and FORMS or {}) do
    if value:find(form) then
      return "a key of a service"
    end
  end
  if value:find("^%a[%w+.-]*://[^/%s:@]+:[^/%s@]+@") and looks_random(
    value:match("://[^:]+:([^@]+)@"), options.min_length) then
    return "a URL with a password"
  end
  return looks_random(value, options.min_length) and is_named(name) and "a secret" or nil
end

local function judge(cx, node)
  local env = node.env
  for name, value in pairs(type(env) == "table" and env or {}) do
    local key, text = name, value
    if type(name) == "number" and type(value) == "string" then
      key, text = value:match("^([^=]+)=(.*)$")
    end
    local what = type(key) == "string" and why(key, text, cx.options)
    if what then
      cx:report({
        place = cx:item(env, name),
        is_secret = true,
        message = ("this looks like %s, for everybody to read"):format(what),
        help = "take it from the environment: [secrets]",
      })
    end
  end
end

return {
  code = "L023",
  name = "secret-in-plain-text",
  severity = "warning",
  -- The forms and names from above, a private key, and the `@` of a URL.
  needs = { words = {
    "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox",
    "sk_live_", '"sk-', "'sk-", "=sk-", "\nsk-", "aiza", "npm_", "private key", "@",
    "passw", "secret", "token", "apikey", "api_key", "privatekey", "private_key", "accesskey",
    "access_key",
  }, facts = { "long value" } },
  docs = {
    summary = "A secret in plain text",
    why = [[
The value looks like a real key: it has the form that a service gives to its keys, or the variable
is named like one and the value is long and no word. It is in the history of the repository for
good. Take it from the environment, by `[secrets]`.]],
    bad = [==[
[[steps]]
name = "deploy"
command = ["ls"]
env = { API_TOKEN = "9f86d081884c7d659a2feaa0c55ad015" }
]==],
    good = [==[
[secrets]
API_TOKEN = { required = false }
[[steps]]
name = "deploy"
command = ["ls"]
]==],
  },
  options = { min_length = { type = "integer", default = 16, min = 4,
    text = "of a value whose variable is named like a secret" } },
  tests = {
    ok = {
      '[room]\nenv = { POSTGRES_PASSWORD = "test", TOKEN = "not-a-real-secret-1234" }\n',
      '[room]\nenv = { GIT_SHA = "9f86d081884c7d659a2feaa0c55ad015" }\n',
    },
    bad = {
      { code = '[room]\nenv = ["X=ghp_0123456789abcdefghij0123456789abcdef"]\n', at = { 3, 8 } },
      { code = '[services.a]\nenv.U = "https://me:9f86d081884c7d659a2f@h/"\n', at = { 3, 9 } },
    },
  },
  visit = {
    room = judge,
    service = judge,
    step = judge,
  },
}
