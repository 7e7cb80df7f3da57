const shop = document.getElementById('shop')
const answer = await fetch('/api/catalog/items')
shop.textContent = answer.ok ? `${(await answer.json()).length} seeds in store` : 'Back soon'
//# sourceMappingURL=app.4f2c91.js.map
