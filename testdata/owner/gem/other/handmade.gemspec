require_relative "lib/handmade/version"

Gem::Specification.new do |spec|
  spec.name = "handmade"
  spec.version = Handmade::VERSION
  spec.add_dependency "json", "~> 2.0"
end
