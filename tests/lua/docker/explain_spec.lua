--- What a failed connection to an engine means: the words of who carried it.
local endpoint = require("engine.docker.endpoint")
local error_new = require("core.error").new

local function explained(host, code, message)
  local found = assert(endpoint.find({ getenv = function(name)
    return name == "DOCKER_HOST" and host or nil
  end }))
  return endpoint.explain(found, error_new({ code = code, message = message })).message
end

describe("a failed connection", function()
  it("is told with what ssh has said", function()
    assert.equal("Docker cannot be reached by ssh: ssh://e, from DOCKER_HOST: no route",
      explained("ssh://e", "ECONNRESET", "Recv failure: Connection reset by peer: no route"))
    assert.equal("Docker cannot be reached by ssh: ssh://e, from DOCKER_HOST",
      explained("ssh://e", "ECONNRESET", "Recv failure: Connection reset by peer"))
  end)

  it("is told to be no TLS where the answer is none", function()
    assert.matches("speaks no TLS", explained("https://e", "ETLS", "error: wrong version number"))
    assert.matches("is not believed", explained("https://e", "ETLS", "certificate has expired"))
  end)
end)
