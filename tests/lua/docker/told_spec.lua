--- Answers of an engine that have another shape than their readers rely on.
local json = require("core.json")
local told = require("engine.docker.told")

describe("what an engine tells of a container", function()
  it("is taken where it has what is read of it", function()
    local one = json.decode('{"State":{"Running":false},"Config":{},"HostConfig":{}}')
    assert.equal(one, told.container(one, "op"))
  end)

  it("is an error of the engine where it has not, whatever it is", function()
    for _, text in ipairs({ "{}", "[]", "5", '"x"', '{"State":{}}', '{"State":null,"Config":{}}',
      '{"State":5,"Config":{},"HostConfig":{}}', '{"State":{"Running":true},"Config":{}}',
      '{"State":{"Running":true},"Config":"x","HostConfig":{}}',
      '{"State":{"Running":"yes"},"Config":{},"HostConfig":{}}' }) do
      local got, err = told.container((json.decode(text)), "op")
      assert.is_nil(got, text)
      assert.equal("ENGINE_ANSWER", err.code)
    end
  end)

  it("has an id that can stand in a path, or none", function()
    assert.equal("ab12", told.id({ Id = "ab12" }, "op"))
    for _, id in ipairs({ "", "a/b", "../x", 5, {}, false, "a b" }) do
      local got, err = told.id({ Id = id }, "op")
      assert.is_nil(got)
      assert.equal("ENGINE_ANSWER", err.code)
    end
  end)
end)
