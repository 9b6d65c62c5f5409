const list = document.getElementById("products");

fetch("/products")
  .then((response) => response.json())
  .then((products) => {
    for (const product of products) {
      const item = document.createElement("li");
      item.textContent = `${product.title}: ${(product.price_cents / 100).toFixed(2)}`;
      list.append(item);
    }
  });
