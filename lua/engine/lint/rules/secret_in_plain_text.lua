--- Lint rule L023: a secret that everybody who sees the file can read.
local secrets = require("engine.secrets")
local spoken = require("engine.secrets.spoken")
local toml = require("core.toml")

-- Forms that services give to their keys.
local FORMS = {
  "^AKIA[0-9A-Z]+$", "^ASIA[0-9A-Z]+$", "^gh[pousr]_%w+$", "^github_pat_[%w_]+$",
  "^glpat%-[%w_-]+$", "^xox[abprs]%-[%w-]+$", "^sk_live_%w+$", "^AIza[%w_-]+$", "^npm_%w+$",
}
local WORDY_FORM = "^sk%-%w[%w_-]+$" -- words of CSS and the like are written so as well
local FORM_MIN = 20
local KEY_LINE = ("[%w+/]"):rep(32) -- of what stands in a file of a private key
local FOUR_DIGITS = "%d.-%d.-%d.-%d" -- what looks random has them, and most texts have not
local MIXED_MIN = 5 -- pieces of digits alone or letters alone
local FINGERPRINT = 40 -- digits of a public key of OpenPGP
local DEPTH_MAX = 64

--- Whether a table is given to something: not what is compared with, nor the names in [secrets].
local function is_given(key, depth, is_vars)
  return is_vars or key ~= "expect" and not (key == "secrets" and depth == 1)
end

--- Letters and digits, mixed, and none of the words that stand for a value.
local function looks_random(value, min)
  local digits, letters = select(2, value:gsub("%d", "")), select(2, value:gsub("%a", ""))
  if #value < min or digits < 4 or letters < 4 or value:find("[%s/{$]")
    or #value == FINGERPRINT and value:find("^[%dA-F]+$") then
    return false
  end
  local lower = value:lower()
  for _, word in ipairs({ "test", "example", "dummy", "fake", "secret", "password", "changeme" }) do
    if lower:find(word, 1, true) then
      return false
    end
  end
  local plain = value:gsub("[^%w]", "") -- of words and numbers there are few
  return select(2, plain:gsub("%d+", "")) + select(2, plain:gsub("%a+", "")) >= MIXED_MIN
end

local function has_form(text)
  for run in text:gmatch("[%w_%-]+") do
    for _, form in ipairs(#run >= FORM_MIN and FORMS or {}) do
      if run:find(form) then
        return true
      end
    end
    if run:find(WORDY_FORM) and looks_random(run, FORM_MIN) then
      return true
    end
  end
  return false
end

--- Says what a text holds that it should not; in a list what stands before it may name it:
--- ["--token", "x"].
local function why(name, before, text, min)
  if #text < FORM_MIN and #text < min then
    return nil
  end
  local key = text:match("%-%-%-%-%-BEGIN [%u ]*PRIVATE KEY%-%-%-%-%-(.*)")
  if key and key:find(KEY_LINE) then
    return "a private key"
  elseif has_form(text) then
    return "a key of a service"
  elseif not text:find(FOUR_DIGITS) then
    return nil
  elseif type(before) == "string" and spoken.ends_in_name(before) then
    name = before
  end
  local found
  secrets.each_of(name, text, function(value)
    if not found and looks_random(value, min) then
      found = text:find(value .. "@", 1, true) and "a URL with a password" or "a secret"
    end
  end)
  return found
end

local function report(cx, t, key, what)
  cx:report({
    place = cx:item(t, key),
    is_secret = true,
    message = ("this looks like %s, for everybody to read"):format(what),
    help = "take it from the environment: [secrets]",
  })
end

--- Looks at all texts of a table; what is below the name of a secret has that name.
local function judge(cx, t, name, is_secret, depth, is_vars)
  for key, value in pairs(t) do
    local own = (is_secret or type(key) ~= "string") and name or key
    local kind = toml.type(value)
    if kind == "table" or kind == "array" then
      if is_given(key, depth, is_vars) and depth < DEPTH_MAX then
        judge(cx, value, own, is_secret or secrets.is_secret_name(own), depth + 1,
          is_vars or depth == 1 and key == "vars")
      end
    elseif kind == "string" then
      local before = math.type(key) == "integer" and t[key - 1] or nil
      local what = why(own, before, value, cx.options.min_length)
      if what then
        report(cx, t, key, what)
      end
    end
  end
end

return {
  code = "L023",
  name = "secret-in-plain-text",
  severity = "warning",
  -- The forms from above, names of secrets (engine.secrets), a private key, and the `@` of a URL.
  needs = { words = {
    "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-", "xox", "sk_live_", "sk-",
    "aiza", "npm_", "@", "token", "pass", "secret", "credential", "auth", "key", "pat", "pwd",
  } },
  docs = {
    summary = "A secret in plain text",
    why = [[
The value looks like a real key: it has the form that a service gives to its keys, or what it is
given to is named like a secret (docs/secrets.md), and it is long, with letters and digits mixed.
All texts are looked at, but those in `expect`: variables, commands (`--token=…`, `API_KEY=… ./x`,
`Authorization: Bearer …`), `stdin`, `[vars]`, passwords of services, contents of files, URLs. It is
in the history of the repository for good. Take it from the environment, by `[secrets]`.]],
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
      '[secrets]\nTOKEN = "CI_9f86d081884c7d659a2f"\n',
      '[vars]\ncache_key = "user:1234:profile:56"\nkey = "build-2024-01-02-main"\n',
      '[[steps]]\nname = "a"\ncommand = "./login --token $TOKEN_9f86d081884c7d659a2f"\n'
        .. 'expect.stdout.contains = "token=9f86d081884c7d659a2feaa0c55ad015"\n',
      '[[steps]]\nname = "a"\ncommand = ["git", "show", "9f86d081884c7d659a2feaa0c55ad015"]\n',
      "[[steps]]\nname = 'a'\ncommand = \"grep -- '-----BEGIN RSA PRIVATE KEY-----' key.pem\"\n",
      '[[steps]]\nname = "a"\ncommand = "./css sk-loading-circle-of-many-dots"\n',
      '[[steps]]\nname = "a"\ncommand = "curl http://u:pass@localhost/ -d monkey=1a2b3c4d5e6f"\n',
      '[[steps]]\nname = "a"\ncommand = "gpg --keys 5BE8A3F6C8A5C01D106C0AD820B1A390B168D356"\n',
    },
    bad = {
      { code = '[room]\nenv = ["X=ghp_0123456789abcdefghij0123456789abcdef"]\n', at = { 3, 8 } },
      { code = '[services.a]\nenv.U = "https://me:9f86d081884c7d659a2f@h/"\n', at = { 3, 9 } },
      { code = '[room]\nenv = { AUTH = "9f86d081884c7d659a2f", DB_PASS = "9f86d081884c7d659a2f", '
        .. 'PASSPHRASE = "9f86d081884c7d659a2f" }\n', count = 3 },
      { code = '[vars]\na.token = "9f86d081884c7d659a2f"\nb = ["ghp_0123456789abcdefghij"]\n',
        at = { 3, 11 }, count = 2 },
      { code = '[vars.secrets]\na = "9f86d081884c7d659a2f"\n', at = { 3, 5 } },
      { code = '[[steps]]\nname = "a"\ncommand = ["./a", "--token", "9f86d081884c7d659a2f"]\n',
        at = { 4, 30 }, count = 1 },
      { code = '[[steps]]\nname = "a"\ncommand = "API_KEY=9f86d081884c7d659a2f ./a"\n' },
      { code = '[[steps]]\nname = "a"\ncommand = ["curl", "-H", "Authorization: Bearer '
        .. '9f86d081884c7d659a2f", "u"]\n', at = { 4, 26 } },
      { code = '[[steps]]\nname = "a"\ncommand = ["cat"]\nstdin = "{\\"secret\\": '
        .. '\\"9f86d081884c7d659a2f\\"}"\n', at = { 5, 9 } },
      { code = '[[steps]]\nname = "a"\ncommand = "./a xoxb-123456789012-abcdefghijkl"\n' },
      { code = '[[steps]]\nname = "a"\ncommand = "cat"\nstdin = """\n-----BEGIN PRIVATE KEY-----\n'
        .. 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ\n"""\n', at = { 5, 9 } },
      { code = '[services.db]\nplugin = "postgres"\npassword = "9f86d081884c7d659a2f"\n',
        at = { 4, 12 } },
      { code = '[services.web]\ncommand = ["./web"]\n[[services.web.files]]\npath = "/a"\n'
        .. 'content = "token: 9f86d081884c7d659a2f"\n', at = { 6, 11 } },
      { code = '[[scenario]]\nname = "a"\nrun = "./a --password 9f86d081884c7d659a2f"\n' },
    },
  },
  visit = {
    file = function(cx, file)
      judge(cx, file.is_light and file.raw or file.checked.raw, "", false, 1)
    end,
  },
}
