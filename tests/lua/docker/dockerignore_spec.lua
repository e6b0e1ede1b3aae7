--- .dockerignore: what is a comment.  Patterns: build_spec.
local ignore = require("engine.docker.dockerignore")

describe("a line of .dockerignore", function()
  local rules = assert(ignore.parse(" #name\n#comment\n\t#tab\r\n"))

  it("is a comment where it begins with #", function()
    assert.is_false((ignore.is_out(rules, "#comment")))
  end)

  it("is a name where a blank stands before that, as for the docker CLI", function()
    assert.is_true((ignore.is_out(rules, "#name")))
    assert.is_true((ignore.is_out(rules, "#tab")))
  end)
end)
