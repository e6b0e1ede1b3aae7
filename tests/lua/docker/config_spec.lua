--- config.json of the docker CLI, whose settings of credentials have types.
local auth = require("engine.docker.auth")
local config = require("engine.docker.config")
local reference = require("engine.image.reference")
local support = dofile("tests/lua/docker/support.lua")

describe("a setting of config.json", function()
  local home

  before_each(function()
    home = support.home()
  end)

  after_each(function()
    home.remove()
  end)

  --- What is told to who asks for credentials, of a file with this text.
  local function told(text)
    home.config(text)
    local name = assert(reference.read("r.example/x"))
    local found, err = auth.find(name, { getenv = home.getenv, masks = support.masks() })
    assert.is_nil(found, text)
    assert.equal("ENGINE_SETTINGS", err.code)
    return err.message
  end

  it("of another type than its own is told, with the file", function()
    for text, words in pairs({
      ['{"auths": []}'] = "`auths` is an array, and must be an object",
      ['{"auths": "x"}'] = "`auths` is a text, and must be an object",
      ['{"credHelpers": 7}'] = "`credHelpers` is a number, and must be an object",
      ['{"credsStore": {}}'] = "`credsStore` is an object, and must be a text",
    }) do
      local message = told(text)
      assert.matches(words, message, 1, true)
      assert.matches("config.json: ", message, 1, true)
    end
  end)

  it("of its type, or null, is not", function()
    for _, text in ipairs({ "{}", '{"auths": {}, "credHelpers": {}, "credsStore": ""}',
      '{"auths": null, "credsStore": null, "currentContext": null, "other": []}' }) do
      home.config(text)
      assert.is_nil(assert(config.read(config.environment(home.getenv))).misfit, text)
    end
  end)
end)
