# -*- encoding: utf-8 -*-
# stub: grpc 1.60.0 x86_64-linux src/ruby/bin

Gem::Specification.new do |s|
  s.name = "grpc".freeze
  s.version = "1.60.0"
  s.platform = "x86_64-linux".freeze

  s.add_dependency(%q<json>.freeze, ["~> 2.0".freeze])
  s.add_development_dependency(%q<rake>.freeze, [">= 12.3".freeze])
end
