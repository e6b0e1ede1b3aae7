local env_file = require("engine.secrets.env_file")
local forms = require("engine.secrets.forms")
local mask = require("engine.secrets.mask")
local secrets = require("engine.secrets")

describe("a file of variables", function()
  it("has values as they are, in single quotes, and in double quotes", function()
    assert.same({
      A = "1", B = "two words", C = "a#b", D = "", E = "it's $HOME \\n", F = 'a "b"\n\t\\ $x',
      G = "line one\nline two", H = "x=y", I = "crlf", J = "#", K = "last",
    }, env_file.parse("A=1\n# c\n  B=two words   # another\nC=a#b\nD=\n\n"
      .. "export E=\"it's \\$HOME \\\\n\"\n" .. 'F="a \\"b\\"\\n\\t\\\\ \\$x"\n'
      .. "G='line one\nline two' # end\nH=x=y\nI=crlf\r\nJ='#'\nK=last"))
  end)

  it("tells what is wrong by its place", function()
    for text, want in pairs({
      ["A"] = "1:2 expected =", ["1A=x"] = "1:1 expected NAME", ["A=$x"] = "1:3 `$`",
      ["A=${x}"] = "1:3 `$`", ["A=$(x)"] = "1:3 `$`", ['A="$x"'] = "1:4 `$`",
      ["\n\nA='x"] = "3:3 this quote", ['A="x'] = "1:3 this quote", ["A='x'y"] = "1:6 something",
      ['A="\\x41"'] = "1:4 this is no escape",
      ["A=1\nB=2\nA=3"] = "3:1 A is given twice, first on line 1",
      ["A=1\0"] = "1:4 a NUL",
    }) do
      local values, problem = env_file.parse(text)
      assert.is_nil(values, text)
      local told = ("%d:%d %s"):format(problem.line, problem.column, problem.message)
      assert.equal(want, told:sub(1, #want), text)
    end
  end)

  it("keeps a $ that nothing would expand", function()
    assert.same({ A = "a$", B = "$5", C = "a$b", D = "$x" },
      env_file.parse("A=a$\nB=$5\nC='a$b'\nD=\"\\$x\"\n"))
  end)
end)

describe("names of secrets", function()
  it("are told from others", function()
    for _, name in ipairs({ "GITHUB_TOKEN", "DB_PASSWORD", "API_KEY", "aws_secret_access_key",
      "KEY", "PGPASSWORD", "CREDENTIALS", "SSH_PASSPHRASE", "NPM_AUTH", "DB_PASS", "DB_PWD",
      "MYSQL_PWD", "PGPWD", "apiKey", "accessToken", "--api-key", "authkey", "SSHKEYS", "OAUTH",
      "HTTP_AUTHORIZATION", "authPass" }) do
      assert.is_true(secrets.is_secret_name(name), name)
    end
    for _, name in ipairs({ "PATH", "KEYBOARD", "MONKEY", "HOME", "PASSAGE", "PWD", "AUTHOR",
      "OLDPWD", "GIT_AUTHOR_NAME", "XAUTHORITY", "COMPASS", "PATCH", "turkeys", "" }) do
      assert.is_false(secrets.is_secret_name(name), name)
    end
  end)
end)

describe("a mask", function()
  it("masks at the cut of an output, and on both sides of it", function()
    local m = mask.new({ "correct-horse-battery" })
    local out = m:output({ text = "xx correct-horattery yy", cut = 10, seam = 14, bytes = 33 })
    assert.equal("xx ****** yy", out.text)
    assert.equal("… *** and", m:text("… correct-horse-battery and"))
    assert.equal("***… and …***", m:text("correct-ho… and …rse-battery"))
  end)

  it("masks values of any length that services have", function()
    local m = mask.new({ "pw", "%d+" })
    assert.equal("***=*** 12", m.raw("pw=%d+ 12"))
    assert.equal("**=*** 12", m.stars("pw=%d+ 12"))
  end)

  it("has few forms for a plain word, and each is of four bytes at least", function()
    local patterns, short = forms.of({ "hunter2hunter2", "ab\ncd", "x" })
    assert.same({ "x" }, short)
    local count = 0
    for _, kind in ipairs({ "plain", "base64", "hex" }) do
      for _, form in ipairs(patterns[kind]) do
        count = count + 1
        assert.is_true(#form >= 4)
      end
    end
    assert.is_true(count < 100, count)
  end)
end)
