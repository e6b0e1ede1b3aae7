--- What a text gives to names of secrets, and passwords of URLs.
local secrets = require("engine.secrets")
local spoken = require("engine.secrets.spoken")
local word = require("engine.secrets.word")

local function values(text)
  local list = {}
  spoken.each(text, function(value)
    list[#list + 1] = value
  end)
  return table.concat(list, "|")
end

describe("engine.secrets.spoken", function()
  it("finds values", function()
    for text, want in pairs({
      ["--token=abcd"] = "abcd",
      ["curl --password abcd -v"] = "abcd",
      ["TOKEN='ab cd' x"] = "ab cd",
      ['{"password": "abcd", "a": "b"}'] = "abcd",
      ["Authorization: Bearer abcd"] = "Bearer abcd|abcd",
      ["http://ada:abcd@h/x"] = "abcd|abcd",
      ["http://ada:ab%40d@h/x"] = "ab%40d|ab@d",
      ["http://ada:p@ss@h/x"] = "p@ss|p@ss",
      ["https://ghp_0123456789abcdef@h/"] = "ghp_0123456789abcdef|ghp_0123456789abcdef",
      ["ssh://deploy@h/x"] = "",
      ["--token=$TOKEN --password ${X}"] = "",
      ["TOKEN=$2b$10$abcd"] = "$2b$10$abcd",
      ["plain text, a=b, c: d"] = "",
      [""] = "",
    }) do
      assert.equal(want, values(text), text)
    end
  end)
end)

describe("engine.secrets.word", function()
  it("masks what is found, and leaves other words", function()
    for text, want in pairs({
      ["--define=db_password=abcd"] = "--define=db_password=***",
      ["w=--token=abcd x"] = "w=--token=***",
      ["w=Authorization: Bearer abcd"] = "w=Authorization: ***",
      ["w=--password abcd -v"] = "w=--password *** -v",
      ["u=http://ada:abcd@h/"] = "u=http://***@h/",
      ["u=http://ada:p@ss@h/"] = "u=http://***@h/",
      ["tests/a.clnrm.toml"] = "tests/a.clnrm.toml",
      ["w=a b: c"] = "w=a b: c",
      ["--password"] = "--password",
    }) do
      assert.equal(want, word.mask(text), text)
    end
  end)
end)

describe("engine.secrets.each_given", function()
  it("finds values by names, and in the texts of others", function()
    local list = {}
    secrets.each_given({
      { name = "token", text = "abcd" }, { name = "w", text = "--token=efgh" },
      { name = "v", value = { { pin_password = 12345678 }, { url = "http://a:ijkl@h" } } },
      { name = "v", value = { 1, 2.5, true, "plain" } }, { name = "w", text = "--token=abc" },
    }, function(value)
      list[value] = true
    end)
    assert.same({ abcd = true, efgh = true, ["12345678"] = true, ijkl = true }, list)
  end)
end)
