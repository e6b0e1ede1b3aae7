local record = require("engine.cli.record")

describe("engine.cli.record", function()
  it("keeps the words of a command line without values that may be secret", function()
    assert.same({
      "run", "tests/", "-k", "a=b", "DB_PASSWORD=***", "--define=api_token=***", "-DKEY=***",
      "http://***@host/x", "--report", "junit=out.xml", "-token=***", "DB_PWD=***", "apiKey=***",
      "author=me", "monkey=1",
    }, record.words({
      "run", "tests/", "-k", "a=b", "DB_PASSWORD=x=y", "--define=api_token=z", "-DKEY=1",
      "http://me:pw@host/x", "--report", "junit=out.xml", "-token=x", "DB_PWD=x", "apiKey=x",
      "author=me", "monkey=1",
    }))
  end)

  it("keeps so many words, of such a length", function()
    local words = {}
    for i = 1, 1000 do
      words[i] = ("x"):rep(1000)
    end
    local got = record.words(words)
    assert.equal(200, #got)
    assert.equal(200 + #"…", #got[1])
  end)
end)
