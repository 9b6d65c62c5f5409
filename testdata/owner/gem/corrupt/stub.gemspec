# stub: stubbed 1.0 ruby lib
Gem::Spec