-- luacheck: no max line length
--- Credentials as `docker login` left them: from config.json and from helpers; and nothing shown.
local auth = require("engine.docker.auth")
local fs = require("core.fs")
local hash = require("core.hash")
local json = require("core.json")
local mask = require("engine.secrets.mask")
local proc = require("core.proc")
local reference = require("engine.image.reference")
local support = dofile("tests/lua/docker/support.lua")
local task = require("core.task")

local SECRET = "correct-horse:battery"

local function b64(text)
  return assert(hash.base64(text))
end

describe("engine.docker.auth", function()
  local home, masks, path

  before_each(function()
    home, masks = support.home(), support.masks()
    home.write("bin/.keep", "")
    path = os.getenv("PATH")
  end)

  after_each(function()
    home.remove()
  end)

  local function name(text)
    return assert(reference.read(text))
  end

  local function find(text, opts)
    opts = opts or {}
    opts.getenv, opts.masks = home.getenv, masks
    opts.env = { "PATH=" .. home.dir .. "/bin:" .. path, "HOME=" .. home.dir }
    return auth.find(name(text), opts)
  end

  --- A helper: a script that is found by its name.
  local function helper(text, script)
    home.write("bin/docker-credential-" .. text, "#!/bin/sh\n" .. script, tonumber("755", 8))
  end

  local function all_values()
    local list = {}
    for value in pairs(masks.values) do
      list[#list + 1] = value
    end
    return list
  end

  it("are of the registry of the reference", function()
    for text, key in pairs({
      ["redis"] = "https://index.docker.io/v1/", ["docker.io/a/b"] = "https://index.docker.io/v1/",
      ["index.docker.io/a/b"] = "https://index.docker.io/v1/", ["localhost:5000/a"] = "localhost:5000",
      ["r.example/a/b:1"] = "r.example",
    }) do
      assert.equal(key, auth.key(name(text)))
    end
  end)

  it("are none without settings, and the header is there all the same", function()
    assert.same({}, { find("redis") })
    assert.equal("e30=", auth.header(nil))
    assert.equal("{}", hash.unbase64(auth.header(nil)))
    home.env.HOME = nil
    assert.same({}, { find("redis") })
  end)

  it("come from `auth`, whose password may hold colons", function()
    home.config({ auths = {
      ["https://index.docker.io/v1/"] = { auth = b64("me:" .. SECRET) },
      ["r.example:5000"] = { auth = b64("you:" .. SECRET .. "2\0\0") },
      ["other.example"] = { username = "u", password = "plain-password" },
    } })
    assert.same({ username = "me", password = SECRET, serveraddress = "https://index.docker.io/v1/" },
      find("redis:7"))
    assert.same({ username = "you", password = SECRET .. "2", serveraddress = "r.example:5000" },
      find("r.example:5000/x"))
    assert.equal("plain-password", find("other.example/x").password)
    assert.same({}, { find("r.example/x") })
    assert.same({}, { find("r.example:5001/x") })
  end)

  it("come from keys of old settings by their host, the exact key first", function()
    home.config({ auths = {
      ["https://r.example/v1/"] = { auth = b64("a:password-a") },
      ["http://r.example"] = { auth = b64("b:password-b") },
      ["evil.example/r.example"] = { auth = b64("c:password-c") },
    } })
    assert.equal("b", find("r.example/x").username) -- of equal hosts the first by name, each time
    home.config({ auths = {
      ["https://r.example/v1/"] = { auth = b64("a:password-a") }, ["r.example"] = { auth = b64("d:password-d") },
    } })
    assert.equal("d", find("r.example/x").username)
  end)

  it("may be tokens", function()
    home.config({ auths = { ["r.example"] = { identitytoken = "id-token-value", auth = b64("me:") },
      ["s.example"] = { registrytoken = "registry-token" } } })
    local found = find("r.example/x")
    assert.same({ "id-token-value", "me", "" }, { found.identitytoken, found.username, found.password })
    assert.equal("registry-token", find("s.example/x").registrytoken)
    assert.is_true(masks.values["id-token-value"] and masks.values["registry-token"])
  end)

  it("are refused when `auth` is garbage, without showing it", function()
    for _, value in ipairs({ "%%%", b64("no-colon-here"), b64(":only-password"), "abc" }) do
      home.config({ auths = { ["r.example"] = { auth = value } } })
      local found, err = find("r.example/x")
      assert.is_nil(found)
      assert.equal("ENGINE_CREDENTIALS", err.code)
      assert.is_nil(tostring(err):find(value, 1, true))
      assert.matches("config.json", err.message)
    end
    home.config({ auths = { ["r.example"] = 7 } })
    assert.same({}, { find("r.example/x") })
    home.config("{")
    assert.equal("ENGINE_SETTINGS", select(2, find("r.example/x")).code)
  end)

  it("go to the masks in each form in which they travel", function()
    home.config({ auths = { ["r.example"] = { auth = b64('me:pass"word\\with quotes') } } })
    local found = find("r.example/x")
    local header = auth.header(found, masks)
    local masked = mask.new(all_values())
    for _, text in ipairs({ found.password, b64("me:" .. found.password), header,
      "X-Registry-Auth: " .. header, json.encode(found), b64(json.encode(found)) }) do
      local shown = masked.raw("<" .. text .. ">")
      assert.is_truthy(shown:find("***", 1, true), text)
      assert.is_nil(shown:find("quotes", 1, true), shown)
      assert.is_true(#shown < #text + 8)
    end
  end)

  it("make a header that is a URL's base64 of JSON", function()
    local found = { username = "me", password = "\xc3\xbf\xc3\xbe>>>???~~~", serveraddress = "r.example" }
    local header = auth.header(found, masks)
    assert.matches("^[%w_-]+=*$", header)
    local plain = header:gsub("-", "+"):gsub("_", "/")
    assert.same(found, json.decode(assert(hash.unbase64(plain))))
  end)

  describe("of a helper", function()
    it("are asked for by the registry on its stdin", function()
      helper("fake", ([[
        [ "$1" = get ] || exit 9
        read -r server || true
        printf '{"ServerURL":"%%s","Username":"me","Secret":"%%s"}' "$server" '%s'
      ]]):format(SECRET))
      home.config({ credsStore = "fake", auths = { ["r.example"] = {} } })
      assert.same({ username = "me", password = SECRET, serveraddress = "r.example" },
        find("r.example/x"))
      assert.is_true(masks.values[SECRET])
      assert.equal("https://index.docker.io/v1/", find("redis").serveraddress)
    end)

    it("of a registry stand over the store, and both over the file", function()
      helper("one", "echo '{\"Username\":\"one\",\"Secret\":\"secret-one\"}'")
      helper("two", "echo '{\"Username\":\"two\",\"Secret\":\"secret-two\"}'")
      home.config({ credsStore = "one", credHelpers = { ["r.example"] = "two" },
        auths = { ["r.example"] = { auth = b64("file:secret-file") } } })
      assert.equal("two", find("r.example/x").username)
      assert.equal("one", find("s.example/x").username)
    end)

    it("may be an identity token", function()
      helper("fake", "echo '{\"Username\":\"<token>\",\"Secret\":\"the-token\"}'")
      home.config({ credsStore = "fake" })
      assert.same({ identitytoken = "the-token", serveraddress = "r.example" }, find("r.example/x"))
    end)

    it("are none when it has none", function()
      helper("fake", "echo credentials not found in native keychain; exit 1")
      home.config({ credsStore = "fake" })
      assert.same({}, { find("r.example/x") })
    end)

    it("that fails is told, with its own words", function()
      helper("fake", "echo 'error getting credentials: the keychain is locked'; exit 1")
      home.config({ credsStore = "fake" })
      local found, err = find("r.example/x")
      assert.is_nil(found)
      assert.equal("ENGINE_CREDENTIALS", err.code)
      assert.equal("docker-credential-fake ended with 1 for r.example: error getting credentials: the "
        .. "keychain is locked", err.message)
      assert.equal("docker login r.example", err.detail.help)
    end)

    it("that fails, or answers nonsense, never shows what it said", function()
      local answer = ('{"Username":"me","Secret":"%s"}'):format(SECRET)
      for _, script in ipairs({
        "echo '" .. answer .. "'; exit 1", "echo '" .. answer:sub(1, -2) .. "'; exit 1",
        "echo '" .. answer:sub(1, -2) .. "'", "echo '[" .. answer .. "]'", "echo '" .. answer .. answer .. "'",
        "echo 'the secret is " .. SECRET .. "'; exit 1", "echo " .. SECRET .. " >&2; exit 1",
        "echo " .. SECRET, "echo " .. SECRET .. "; exit 1", "echo '" .. answer .. "'; kill -9 $$", "echo '{\"Secret\":7}'", "true",
        "echo '{\"Username\":\"me\",\"Secret\":\"\"}'", "echo null", "echo 7", "printf '\\0\\377'",
        "i=0; while [ $i -lt 3000 ]; do echo " .. SECRET .. SECRET .. "; i=$((i+1)); done",
      }) do
        helper("fake", script)
        home.config({ credsStore = "fake" })
        local found, err = find("r.example/x")
        assert.is_nil(found, script)
        assert.equal("ENGINE_CREDENTIALS", err.code, script)
        assert.matches("^docker%-credential%-fake [^c]", err.message) -- it was started
        assert.is_nil(tostring(err):find("battery", 1, true), tostring(err))
        assert.is_nil(tostring(err.detail and err.detail.help):find("battery", 1, true))
      end
    end)

    it("that hangs is ended at its deadline, with what it started", function()
      helper("fake", "sleep 300 & echo $! > \"$HOME/pid\"; wait")
      home.config({ credsStore = "fake" })
      local found, err = find("r.example/x", { deadline_ms = 200 })
      assert.is_nil(found)
      assert.equal("docker-credential-fake did not answer in 200 ms", err.message)
      local pid = tonumber((assert(fs.read(home.dir .. "/pid"))))
      local started = proc.start_time(pid)
      for _ = 1, started and 500 or 0 do -- it is killed, and gone a moment later
        if not proc.signal_pid(pid, started, 0) then
          break
        end
        task.sleep(10)
      end
      assert.is_nil(started and proc.signal_pid(pid, started, 0))
    end)

    it("is named by a word, and must be there", function()
      for _, word in ipairs({ "../x", "a/b", "-x", "a b", "a;id", "x\27[2J", "$(id)" }) do
        home.config({ credsStore = word })
        assert.matches("no name of a credential helper", select(2, find("r.example/x")).message)
      end
      home.config({ credsStore = "is-not-there" })
      local _, err = find("r.example/x")
      assert.equal("ENGINE_CREDENTIALS", err.code)
      assert.matches("^docker%-credential%-is%-not%-there cannot be started", err.message)
    end)
  end)
end)
