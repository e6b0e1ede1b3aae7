local fs = require("core.fs")
local history = require("engine.repl.history")
local support = dofile("tests/e2e/support.lua")

describe("engine.repl.history", function()
  local dir, path, values

  before_each(function()
    dir = support.tempdir()
    path = dir .. "/clnrm/repl/x"
    values = { DB_PASSWORD = "tr0ub4dor", SHORT_KEY = "ab", PLAIN = "visible" }
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function open()
    return history.open(path, { "DB_PASSWORD", "SHORT_KEY", "PLAIN" }, function(name)
      return values[name]
    end)
  end

  it("keeps lines, several of one entry as well, for this user alone", function()
    local h = open()
    h:add("x = 1")
    h:add("for i = 1, 2 do\n  print('\\n')\nend")
    assert.is_nil(h:add("for i = 1, 2 do\n  print('\\n')\nend")) -- the same again
    assert.is_nil(h:add("  "))
    assert.same({ "x = 1", "for i = 1, 2 do\n  print('\\n')\nend" }, open().list)
    assert.equal(tonumber("600", 8), fs.stat(path).mode & tonumber("777", 8))
    assert.equal(tonumber("700", 8), fs.stat(dir .. "/clnrm/repl").mode & tonumber("777", 8))
  end)

  it("keeps no secret", function()
    local h = open()
    h:add("login('tr0ub4dor', 'visible')")
    h:add('api_token = "abc"; name = "abc"')
    h:add('room:exec("x", { env = { ["AWS_SECRET"] = "abc" } })')
    h:add('#login({ password = "abc" })')
    h:add('get("https://me:abc@example.test/")')
    assert.same({
      "login('***', 'visible')",
      'api_token = "***"; name = "abc"',
      'room:exec("x", { env = { ["AWS_SECRET"] = "***" } })',
      '#login({ password = "***" })',
      'get("https://***@example.test/")',
    }, open().list)
    assert.is_nil(support.read(path):find("tr0ub4dor", 1, true))
  end)

  it("keeps no part of a value that is given to a name of a secret, nor in a list", function()
    for typed, kept in pairs({
      ['token = ("hunter7" .. "hunter")'] = 'token = ("***" .. "***")',
      ['local secret, b = "hunter8hunter", 2'] = 'local secret, b = "***", 2',
      ['a, db.password = "x", "hunter" print("seen")'] =
        'a, db.password = "***", "***" print("seen")',
      ['x["api_key"] = f("hunter"); y = "seen"'] = 'x["api_key"] = f("***"); y = "seen"',
      ['t = { token = ("a"):rep(9), name = "seen" }'] =
        't = { token = ("***"):rep(9), name = "***" }', -- rather one too much
      ['name = "seen" token = "hunter"'] = 'name = "seen" token = "***"',
      ['if token == nil then name = "seen" end'] = 'if token == nil then name = "seen" end',
      ['f(token) name = "seen"'] = 'f(token) name = "seen"',
    }) do
      local h = open()
      assert.equal(kept, h:add(typed))
    end
  end)

  it("keeps no secret of a command of the shell, nor of a text", function()
    for typed, kept in pairs({
      ["!DB_PASSWORD=hunter3 true"] = "!DB_PASSWORD=*** true",
      ["  :sh export API_TOKEN='a b' X=1; ls"] = "  :sh export API_TOKEN=*** X=1; ls",
      [ [[!TOKEN=a\ b"c d"'e f'g h]] ] = "!TOKEN=*** h",
      [ [[!DB_PASS="a \" b" x]] ] = "!DB_PASS=*** x",
      ["!PGPASSWORD=$(echo hunter3 $(b c)) true"] = "!PGPASSWORD=*** true",
      ["!PGPASSWORD=a`echo hunter3`b true"] = "!PGPASSWORD=*** true",
      ["!PGPASSWORD=${X:-hunter3 y} $HOME"] = "!PGPASSWORD=*** $HOME",
      [ [[!DB_PASS="$(echo "hunter3 y")" x]] ] = "!DB_PASS=*** x",
      ["!DB_PASS=$HOME/x y"] = "!DB_PASS=*** y",
      ["!login --password hunter3 --user me"] = "!login --password *** --user me",
      ["!login --password-stdin host"] = "!login --password-stdin host",
      ["!curl -H 'Authorization: Bearer abc' url"] = "!curl -H 'Authorization: ***' url",
      [ [[!post '{"password": "a b", "n": 1}']] ] = [[!post '{"password": ***, "n": 1}']],
      ["!git clone https://me:abc@h/x"] = "!git clone https://***@h/x",
      [":run -D db_password=hunter3 t"] = ":run -D db_password=*** t",
      ["DB_PASSWORD=hunter3 true"] = "DB_PASSWORD=*** true",
      ['os.execute("DB_PASSWORD=hunter3 true")'] = 'os.execute("DB_PASSWORD=*** true")',
      [ [[f("KEY=\"a b\" c")]] ] = [[f("KEY=*** c")]],
      ["f([==[PGPASSWORD=a psql]==])"] = "f([==[PGPASSWORD=*** psql]==])",
      ["f('DB_PASSWORD=' .. 'hunter3')"] = "f('DB_PASSWORD=' .. \"***\")",
      ["f({ '--api-key', 'abc' }, 'name', 'x')"] = "f({ '--api-key', \"***\" }, 'name', 'x')",
      [':time api_token = "abc"'] = ':time api_token = "***"',
      ["local q = 1; api_token == 'abc'"] = "local q = 1; api_token == \"***\"",
    }) do
      assert.equal(kept, history.without_secrets(typed))
    end
  end)

  it("leaves what is none", function()
    for _, typed in ipairs({ "!ls -l", "!PWD=/x make", "token = f(key)", ":time token=f(x)",
      "!docker run -v /a/key:/key img", ":sh cat key; echo x", "f('author: me', 'a=b')",
      "!ssh -i ~/.ssh/key host", "x = { 'password', 'user' }", "monkey='a' x = y", ":hist token",
      "room:exec('cat password')" }) do
      assert.equal(typed, history.without_secrets(typed))
    end
  end)

  it("is one of each project, in the state directory", function()
    local function env(name)
      return name == "XDG_STATE_HOME" and dir or nil
    end
    assert.matches("^" .. dir .. "/clnrm/repl/%x+$", history.path("/a", env))
    assert.not_equal(history.path("/a", env), history.path("/b", env))
  end)

  it("says when it cannot be written", function()
    support.write(dir .. "/clnrm", "no directory")
    local kept, err = open():add("x")
    assert.equal("x", kept)
    assert.equal("ENOTDIR", err.code)
  end)
end)
